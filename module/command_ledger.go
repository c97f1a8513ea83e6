package module

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/caddyserver/caddy/v2"
	"github.com/spf13/cobra"

	"github.com/fairwaygate/fairway/filters/ledger"
)

func ledgerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ledger",
		Short: "Verifies, exports and prunes the records of consent",
		Long: `Verifies, exports and prunes the records of consent.

The store, the keys and the checkpoints are those of the configuration: a
Caddyfile in this folder, or --config. The gateway may be running.`,
	}
	flags := cmd.PersistentFlags()
	householdFlags(flags)
	flags.StringSlice("checkpoints", nil, "Files of checkpoints in place of the configuration's")
	flags.String("keys", "", "A file with the public keys, as /.consent/receipt/key has them, in place of the configuration's keys")

	verify := &cobra.Command{
		Use:   "verify",
		Short: "Checks that no record was changed, removed or moved",
		Long: `Checks that no record was changed, removed or moved since it was written, and
that the ledger agrees with the signed checkpoints that are kept elsewhere.
Exits with an error when anything is wrong.`,
		Example: "fairway consent ledger verify --config Caddyfile\n" +
			"fairway consent ledger verify --export ledger.jsonl --keys keys.json --checkpoints checkpoints.jsonl",
		Args: cobra.NoArgs,
	}
	verify.Flags().String("export", "", "An export to check in place of the store; - is standard input")
	verify.RunE = withLedger(func(cmd *cobra.Command, l *ledgerTool) error { return l.verify(cmd) })

	export := &cobra.Command{
		Use:     "export",
		Short:   "Writes all records as JSON lines",
		Example: "fairway consent ledger export --age age1… --output ledger.jsonl.age",
		Args:    cobra.NoArgs,
	}
	export.Flags().StringP("output", "o", "-", "The file to write; - is standard output")
	export.Flags().StringSlice("age", nil, "Seal the export to these recipients of age (age1…)")
	export.RunE = withLedger(func(cmd *cobra.Command, l *ledgerTool) error { return l.export(cmd) })

	prune := &cobra.Command{
		Use:   "prune",
		Short: "Removes records that are older than the policy keeps them",
		Long: `Removes records that are older than the policy keeps them. A signed statement
stands for them, so that the rest still verifies. The gateway does so by itself
every hour.`,
		Args: cobra.NoArgs,
	}
	prune.Flags().String("before", "", "Remove records of events before this day (YYYY-MM-DD). Default: the retention of the configuration")
	prune.RunE = withLedger(func(cmd *cobra.Command, l *ledgerTool) error { return l.prune(cmd) })

	cmd.AddCommand(verify, export, prune)
	return cmd
}

// ledgerTool is what the commands work on.
type ledgerTool struct {
	*household
	checkpoints []string
	named       bool // the flags name the checkpoints
	keysFile    string
}

// withLedger runs a command with the ledger that its flags and configuration
// name.
func withLedger(run func(*cobra.Command, *ledgerTool) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		cmd.SilenceUsage = true
		ctx, cancel := caddy.NewContext(caddy.Context{Context: cmd.Context()})
		defer cancel()
		l, err := findLedger(ctx, cmd)
		if err != nil {
			return err
		}
		return run(cmd, l)
	}
}

func findLedger(ctx caddy.Context, cmd *cobra.Command) (*ledgerTool, error) {
	h, err := findHousehold(ctx, cmd)
	if err != nil {
		return nil, err
	}
	l := &ledgerTool{household: h, keysFile: cmd.Flag("keys").Value.String()}
	if l.checkpoints, err = cmd.Flags().GetStringSlice("checkpoints"); err != nil {
		return nil, err
	}
	if l.named = len(l.checkpoints) > 0; !l.named {
		l.checkpoints = []string{l.config.checkpointFile()}
	}
	return l, l.config.validateLedger()
}

// secrets reads the keys of the house. It makes none.
func (l *ledgerTool) secrets(ctx context.Context) ([][]byte, error) {
	ring, err := l.config.keyring(l.storage)
	if err != nil {
		return nil, err
	}
	return readKeys(ctx, ring)
}

// signer returns the newest key's signer.
func (l *ledgerTool) signer(ctx context.Context) (ledger.Signer, ledger.KeySet, error) {
	secrets, err := l.secrets(ctx)
	if err != nil {
		return ledger.Signer{}, nil, err
	}
	if len(secrets) == 0 {
		return ledger.Signer{}, nil, errors.New("no keys: expected those of the gateway, see keys in its configuration")
	}
	return signingKeys(secrets)
}

// public returns the keys that are trusted.
func (l *ledgerTool) public(ctx context.Context) (ledger.KeySet, error) {
	if l.keysFile == "" {
		_, keys, err := l.signer(ctx)
		return keys, err
	}
	data, err := os.ReadFile(l.keysFile)
	if err != nil {
		return nil, err
	}
	var keys ledger.KeySet
	if err := json.Unmarshal(data, &keys); err != nil {
		return nil, fmt.Errorf("%s: expected a JWK Set: %w", l.keysFile, err)
	}
	return keys, nil
}

func (l *ledgerTool) verify(cmd *cobra.Command) error {
	ctx := cmd.Context()
	keys, err := l.public(ctx)
	if err != nil {
		return err
	}
	// The statements are read first: none of them is newer than the ledger.
	statements, err := readStatements(l.checkpoints, !l.named)
	if err != nil {
		return err
	}
	var report *ledger.Report
	check := func(state ledger.State, entries iter.Seq2[ledger.Entry, error]) (err error) {
		if state.Chain == "" && state.Head.Sequence == 0 && len(statements) == 0 {
			report = new(ledger.Report)
			return nil
		}
		report, err = ledger.Verify(state, entries, statements, keys)
		return err
	}
	if export := cmd.Flag("export").Value.String(); export != "" {
		err = readExport(export, keys, check)
	} else {
		var store *Store
		if store, err = l.open(ctx); err != nil {
			return err
		}
		defer func() { _ = store.Destruct() }()
		err = store.ReadLedger(ctx, check)
	}
	if err != nil {
		return err
	}
	if _, err := io.WriteString(cmd.OutOrStdout(), summary(report)); err != nil {
		return err
	}
	if !report.Whole() {
		return fmt.Errorf("the ledger is not whole: %d problems", report.Count)
	}
	return nil
}

// summary says for people what verifying found.
func summary(r *ledger.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d records", r.Records)
	if r.Records > 0 {
		fmt.Fprintf(&b, ", %d to %d", r.First, r.Last)
	}
	if r.Pruned > 0 {
		fmt.Fprintf(&b, "; %d before them were pruned", r.Pruned)
	}
	fmt.Fprintf(&b, ". %d signed statements agree", r.Statements)
	switch {
	case r.Witnessed > 0:
		fmt.Fprintf(&b, "; kept elsewhere, they cover the records up to %d", r.Witnessed)
	case r.Records > 0:
		b.WriteString("; none kept elsewhere covers a record, so an end that was cut off could not be found")
	}
	b.WriteString(".\n")
	for _, problem := range r.Problems {
		b.WriteString("wrong: " + problem + "\n")
	}
	if r.Whole() {
		b.WriteString("The ledger is whole.\n")
	}
	return b.String()
}

func (l *ledgerTool) export(cmd *cobra.Command) (err error) {
	ctx := cmd.Context()
	recipients, err := cmd.Flags().GetStringSlice("age")
	if err != nil {
		return err
	}
	sealed, err := ageRecipients(recipients)
	if err != nil {
		return err
	}
	signer, _, err := l.signer(ctx)
	if err != nil {
		return err
	}
	store, err := l.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = store.Destruct() }()
	out := cmd.OutOrStdout()
	if name := cmd.Flag("output").Value.String(); name != "-" {
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		out = file
	}
	buffered := bufio.NewWriterSize(out, 1<<16)
	plain := io.WriteCloser(nopCloser{buffered})
	if len(sealed) > 0 {
		if plain, err = age.Encrypt(buffered, sealed...); err != nil {
			return err
		}
	}
	if err := store.ReadLedger(ctx, func(state ledger.State, entries iter.Seq2[ledger.Entry, error]) error {
		return writeExport(plain, state, entries, signer, time.Now())
	}); err != nil {
		return err
	}
	return errors.Join(plain.Close(), buffered.Flush())
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func ageRecipients(names []string) ([]age.Recipient, error) {
	var recipients []age.Recipient
	for _, name := range names {
		found, err := age.ParseRecipients(strings.NewReader(name))
		if err != nil {
			return nil, fmt.Errorf("--age %q: expected a recipient such as age1…: %w", name, err)
		}
		recipients = append(recipients, found...)
	}
	return recipients, nil
}

func (l *ledgerTool) prune(cmd *cobra.Command) error {
	ctx, now := cmd.Context(), time.Now()
	before := now.Add(-l.config.retention())
	if text := cmd.Flag("before").Value.String(); text != "" {
		var err error
		if before, err = time.Parse(time.DateOnly, text); err != nil {
			return fmt.Errorf("--before %q: expected a day such as 2023-11-24", text)
		}
	}
	signer, _, err := l.signer(ctx)
	if err != nil {
		return err
	}
	store, err := l.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = store.Destruct() }()
	all := int64(0)
	for {
		n, err := pruneLedger(ctx, store, signer, &witness{path: l.checkpoints[0]}, now, before)
		if all += n; err != nil {
			return err
		}
		if n < ledgerPruneBatch {
			break
		}
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d records from before %s were removed.\n", all, before.UTC().Format(time.DateTime))
	return err
}
