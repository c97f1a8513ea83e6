package module

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/spf13/cobra"

	"github.com/fairwaygate/fairway/filters/ledger"
)

func keysCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Makes the first key of a house, and new ones",
		Long: `Makes the keys from which the gateway signs cookies, receipts and calls to
partners, and under which it seals what is written in requests.

They are in the folder that the configuration names (keys FOLDER), else in
Caddy's storage. --dir names a folder in their place. A key itself is never
shown, only its fingerprint: the id under which /.consent/receipt/key lists it.`,
	}
	flags := cmd.PersistentFlags()
	configFlags(flags)
	flags.String("dir", "", "The folder of the keys, in place of the configuration's")

	first := &cobra.Command{
		Use:   "new",
		Short: "Makes the first key",
		Long: `Makes the first key, in a folder that only its owner can open. Where there are
keys already nothing is changed.

A gateway makes one by itself when it starts and finds none. Make it before when
several gateways are to have the same folder, or when the gateway may not write
to it.`,
		Example: "fairway consent keys new --dir /etc/fairway/keys",
		Args:    cobra.NoArgs,
	}
	first.RunE = withKeys(newKeys)

	rotate := &cobra.Command{
		Use:   "rotate",
		Short: "Makes a new key, and removes those that are no longer needed",
		Long: `Makes a new key, which signs from the next reload of the gateway on:

  fairway reload --config Caddyfile --force

Cookie values that were handed out before on the same day go on being handed out
until its end. What older keys signed stays valid. A key is removed once its
successor is 430 days old: by then every cookie that it signed has ended. What is
sealed in requests is taken over to the newest key by the gateway itself, and
records of consent can still be verified, for the ledger keeps the public keys.

Of several gateways reload all soon after each other: until then one that was
not reloaded takes new consents for none.`,
		Example: "fairway consent keys rotate --config /etc/caddy/Caddyfile",
		Args:    cobra.NoArgs,
	}
	rotate.RunE = withKeys(rotateKeys)

	cmd.AddCommand(first, rotate)
	return cmd
}

// withKeys runs a command on the keys that its flags name.
func withKeys(run func(ctx context.Context, out io.Writer, ring keyring, now time.Time) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		cmd.SilenceUsage = true
		ctx, cancel := caddy.NewContext(caddy.Context{Context: cmd.Context()})
		defer cancel()
		var ring keyring
		if dir := cmd.Flag("dir").Value.String(); dir != "" {
			ring = folderRing(dir)
		} else {
			h, err := findConfig(ctx, cmd)
			if err != nil {
				return err
			}
			if ring, err = h.config.keyring(h.storage); err != nil {
				return err
			}
		}
		unlock, err := ring.lock(ctx)
		if err != nil {
			return err
		}
		defer unlock()
		return run(ctx, cmd.OutOrStdout(), ring, time.Now())
	}
}

// newKeys makes the first key of a ring.
func newKeys(ctx context.Context, out io.Writer, ring keyring, now time.Time) error {
	names, err := keyNames(ctx, ring)
	if err != nil {
		return err
	}
	if len(names) > 0 {
		return fmt.Errorf("%s has keys already, the newest made %s; for a new one: consent keys rotate", ring, madeAt(names[0]))
	}
	fingerprint, err := addKey(ctx, ring, now)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "A key was made in %s: %s\n", ring, fingerprint)
	if folder, ok := ring.(folderRing); ok && err == nil {
		_, err = fmt.Fprintf(out, "Name the folder in the Caddyfile's consent block: keys %s\n", folder)
	}
	return err
}

// rotateKeys adds a key to a ring and removes what is no longer needed.
func rotateKeys(ctx context.Context, out io.Writer, ring keyring, now time.Time) error {
	names, err := keyNames(ctx, ring)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("%s has no keys: make the first with consent keys new", ring)
	}
	// All must be readable, or the gateway would find none.
	if _, err := readKeys(ctx, ring); err != nil {
		return err
	}
	at := now
	if newest, ok := keyMade(names[0]); ok && !at.Truncate(time.Millisecond).After(newest) {
		at = newest.Add(time.Millisecond) // its clock was fast: the new one is still the newest
	}
	fingerprint, err := addKey(ctx, ring, at)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "A key was made in %s: %s\n", ring, fingerprint); err != nil {
		return err
	}
	outdated := outdatedKeys(names, now)
	for _, name := range outdated {
		if err := ring.remove(ctx, name); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(out, "Of the older keys %d go on being valid, and %d were removed.\n%s",
		len(names)-len(outdated), len(outdated), afterRotation)
	return err
}

const afterRotation = `It signs once the gateway is reloaded: fairway reload --config Caddyfile --force
Partners that check erasure calls get their new keys by GET /consent/erasures/keys at the admin API.
`

// addKey makes a key and returns its fingerprint.
func addKey(ctx context.Context, ring keyring, now time.Time) (fingerprint string, err error) {
	name, text := newKey(now)
	if err := ring.add(ctx, name, text); err != nil {
		return "", err
	}
	key, err := readKey(ctx, ring, name)
	if err != nil {
		return "", err
	}
	signer, err := ledger.NewSigner(derive(key, "ledger"))
	if err != nil {
		return "", err
	}
	return signer.Key().ID, nil
}

// keysKept is how long a key goes on being valid after the next one was made: as
// long as any cookie that it signed, and a while for who reloads late.
const keysKept = choiceLife + 30*day

// outdatedKeys returns which of the names, newest first, are of keys that nothing
// needs any more. What does not tell its time is kept.
func outdatedKeys(names []string, now time.Time) []string {
	var outdated []string
	for i := 1; i < len(names); i++ {
		successor, ok := keyMade(names[i-1])
		if _, known := keyMade(names[i]); ok && known && now.Sub(successor) > keysKept {
			outdated = append(outdated, names[i])
		}
	}
	return outdated
}

// keyMade reads when a key was made from its name.
func keyMade(name string) (time.Time, bool) {
	at, err := time.Parse(keyTime, strings.TrimSuffix(name, keySuffix))
	return at, err == nil
}

// madeAt says for people when a key was made.
func madeAt(name string) string {
	if at, ok := keyMade(name); ok {
		return "on " + at.Format(time.DateOnly)
	}
	return "at a time that its name does not tell"
}
