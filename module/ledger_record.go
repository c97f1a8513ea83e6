package module

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/ledger"
)

// headerReceipt tells the visitor where the record of a decision is.
const headerReceipt = "Consent-Receipt"

// enter records a decision in the ledger before it takes effect. What only takes
// consent away never fails: it goes to the spool when the store can't be had. Of a
// network that decides without end no more is recorded, so that it can't fill the
// disk, without which nobody could consent.
func (x *exchange) enter(choice consent.Choice, mechanism string) error {
	var id ledger.ReceiptID
	_, _ = rand.Read(id[:]) // never fails
	entry, err := ledger.NewEntry(x.ledgerRecord(choice, mechanism, id))
	if err != nil {
		x.site.failure(failLedger)
		return err
	}
	inForce, asked := x.decision.Granted&x.rules.optional, choice.Granted&x.rules.optional
	takesAway := asked == 0 || mechanism == byStatus || asked.Without(inForce) == 0 && asked != inForce
	if !x.mayDecide() {
		x.site.failure(failLedger)
		if takesAway {
			return nil
		}
		return errTooManyDecisions
	}
	wait := grantWait
	if takesAway {
		wait = withdrawWait
	}
	ctx, cancel := context.WithTimeout(x.r.Context(), wait)
	defer cancel()
	recorder := x.gateway.app.recorder
	err = recorder.add(ctx, entry)
	if errors.Is(err, errLedgerClosed) {
		// The configuration was replaced while it still answers this request.
		if again, release, failed := x.gateway.app.ledger(); failed == nil {
			defer release()
			recorder = again
			err = recorder.add(ctx, entry)
		}
	}
	if err != nil {
		x.site.failure(failLedger)
		if !takesAway {
			return err
		}
		if err := recorder.spool.put(entry); err != nil {
			recorder.fail("spooling a withdrawal", err)
		}
	}
	x.w.Header().Set(headerReceipt, x.rules.prefix+"/receipt/"+id.String())
	return nil
}

var errTooManyDecisions = errors.New("too many decisions from one network")

// mayDecide reports whether one more decision of the visitor's network is recorded.
// An address that is not of the internet is a proxy's, behind which everyone is.
func (x *exchange) mayDecide() bool {
	return !x.client.IsGlobalUnicast() || x.client.IsPrivate() || x.gateway.app.clerk.desk.deciding.Allow(x.client, x.now)
}

// ledgerRecord says what was decided and nothing of who did.
func (x *exchange) ledgerRecord(choice consent.Choice, mechanism string, id ledger.ReceiptID) *ledger.Record {
	app := x.gateway.app
	today := x.today
	policy := app.policyAt(today)
	r := &ledger.Record{
		SchemaVersion: ledger.SchemaVersion,
		RecordID:      id.Hash(),
		Notice:        ledger.Notice{Version: policy.Version, Fingerprint: x.rules.Fingerprint.String()},
		Language:      string(x.rules.pages.Negotiate(x.r.Header.Get("Accept-Language"), or(x.r.PostForm.Get("lang"), x.r.URL.Query().Get("lang")))),
		Services:      []string{x.site.site},
		EventTime:     x.now.UTC().Truncate(time.Second),
		Mechanism:     ledgerMechanism(mechanism),
		Validity:      fmt.Sprintf("P%dD", x.rules.keeps(choice, today)/day),
		Regime:        x.decision.Regime.String(),
		Country:       x.decision.Country.String(),
		GPC:           choice.GPC,
	}
	if shown := app.versions.find(policy.Version); shown != nil {
		r.Notice.Text = shown.hash
	}
	if policy.Controller != "" {
		r.Controllers = []ledger.Party{{Name: policy.Controller, Contact: policy.Contact}}
	}
	if app.Home != "" {
		r.Jurisdictions = []string{app.Home}
	}
	switch {
	case choice.Minor:
		r.Minor = ledger.IsMinor
	case choice.Guardian:
		r.Minor = ledger.Guardian
	}
	r.EventType = ledger.Refused
	for _, name := range x.rules.Vocabulary.Names(x.rules.optional) {
		purpose, _ := x.rules.Vocabulary.Lookup(name)
		decided := ledger.Refused
		switch {
		case choice.Granted.Has(purpose):
			decided = ledger.Given
			r.EventType = ledger.Given
		case x.decision.Granted.Has(purpose):
			decided = ledger.Withdrawn
			if r.EventType == ledger.Refused {
				r.EventType = ledger.Withdrawn
			}
		}
		r.Purposes = append(r.Purposes, ledger.Purpose{
			Name: name, LawfulBasis: "consent", Decision: decided, WithdrawalMethod: x.rules.prefix + "/",
		})
	}
	if mechanism != byPage && mechanism != byAPI && mechanism != byStatus {
		r.EventType = ledger.Withdrawn // whatever was in force
	}
	return r
}

// Mechanisms by which visitors decide, as metrics have them. All others withdraw,
// but for byStatus: it was learned that a visitor is a minor, which grants nothing.
const (
	byPage       = "page"
	byAPI        = "api"
	byErasure    = "erasure"
	byStorefront = "storefront"
	byStatus     = "status"
)

func ledgerMechanism(name string) ledger.Mechanism {
	switch name {
	case byPage, byErasure:
		return ledger.ByPage
	case byStorefront, byStatus:
		return ledger.ByStorefront
	}
	return ledger.ByAPI
}
