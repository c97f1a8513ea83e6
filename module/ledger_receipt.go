package module

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/fairwaygate/fairway/filters/ledger"
	"github.com/fairwaygate/fairway/module/pages"
)

// receiptWait is how long a visitor waits for a receipt.
const receiptWait = 2 * time.Second

// receipt answers with the record whose id the path holds, signed; or with the
// keys that check signatures, a JWK Set.
func (o *own) receipt(x *exchange) error {
	name := strings.TrimPrefix(x.path, o.gateway.rules.prefix+"/receipt/")
	if name == "key" {
		return x.json(http.StatusOK, o.gateway.app.recorder.keys)
	}
	id, err := ledger.ParseReceiptID(name)
	if err != nil {
		return x.problem(http.StatusNotFound, pages.NotFound)
	}
	ctx, cancel := context.WithTimeout(x.r.Context(), receiptWait)
	defer cancel()
	record, err := o.gateway.app.recorder.find(ctx, id.Hash())
	switch {
	case err != nil:
		if !errors.Is(err, context.Canceled) {
			x.site.failure(failLedger)
		}
		x.w.Header().Set("Retry-After", "10")
		return x.fault(http.StatusServiceUnavailable, "the records can't be read at the moment")
	case record == nil:
		return x.problem(http.StatusNotFound, pages.NotFound)
	}
	signed, err := ledger.Receipt(record, o.gateway.app.recorder.signer)
	if err != nil {
		x.site.failure(failLedger)
		return x.fault(http.StatusInternalServerError, "the record can't be read")
	}
	x.w.Header().Set("Content-Type", "application/json")
	return x.send(http.StatusOK, func(w io.Writer) error {
		_, err := w.Write(append(signed, '\n'))
		return err
	})
}
