package ledger

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"pgregory.net/rapid"
)

func TestRecordHoldsTheFieldsOfTheStandard(t *testing.T) {
	data, err := sample(1).Encode()
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(data, &members); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"schema_version", "record_id", "privacy_notice", "language", "services", "jurisdictions", "purposes",
		"pii_controllers", "event_time", "event_type", "validity_duration",
	} {
		if members[name] == nil {
			t.Errorf("no %s in %s", name, data)
		}
	}
	for _, name := range []string{"purpose", "lawful_basis", "withdrawal_method"} {
		if !strings.Contains(string(data), `"`+name+`":`) {
			t.Errorf("no %s in %s", name, data)
		}
	}
}

func TestRecordIsCanonical(t *testing.T) {
	r := sample(1)
	r.Controllers[0].Name = "Fran\u00e7ois \u20ac \u2028<&>\"\\\u0001"
	data, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	// RFC 8785 section 3.2.2.2: only what must be escaped is.
	if want := "Fran\u00e7ois \u20ac \u2028<&>\\\"\\\\\\u0001"; !strings.Contains(string(data), want) {
		t.Errorf("no %s in %s", want, data)
	}
	again, err := ParseRecord(data)
	if err != nil || !reflect.DeepEqual(again, r) {
		t.Errorf("read back: %v %+v", err, again)
	}
	for name, text := range map[string]string{
		"white space":       strings.Replace(string(data), ":", ": ", 1),
		"order":             `{"schema_version":"` + SchemaVersion + `",` + strings.TrimPrefix(strings.Replace(string(data), `,"schema_version":"`+SchemaVersion+`"`, "", 1), "{"),
		"unknown member":    strings.Replace(string(data), `"gpc":false`, `"gpc":false,"ip":"192.0.2.1"`, 1),
		"member twice":      strings.Replace(string(data), `"gpc":false`, `"gpc":false,"gpc":false`, 1),
		"member missing":    strings.Replace(string(data), `"gpc":false,`, "", 1),
		"other case":        strings.Replace(string(data), `"gpc"`, `"GPC"`, 1),
		"more behind":       string(data) + "{}",
		"line end":          string(data) + "\n",
		"escaped":           strings.Replace(string(data), "opt-in", `opt\u002din`, 1),
		"other zone":        strings.Replace(string(data), "12:01:00Z", "13:01:00+01:00", 1),
		"fraction":          strings.Replace(string(data), "12:01:00Z", "12:01:00.0Z", 1),
		"unknown event":     strings.Replace(string(data), `"event_type":"given"`, `"event_type":"assumed"`, 1),
		"unknown mechanism": strings.Replace(string(data), `"mechanism":"page"`, `"mechanism":"telepathy"`, 1),
		"unknown decision":  strings.Replace(string(data), `"decision":"refused"`, `"decision":"perhaps"`, 1),
		"unknown schema":    strings.Replace(string(data), SchemaVersion, "fairway-27560-9", 1),
		"bytes beyond":      strings.Replace(string(data), "Fran", "Fran\xff", 1),
		"empty":             "",
	} {
		if text == string(data) {
			t.Fatalf("%s: the test changes nothing", name)
		}
		if _, err := ParseRecord([]byte(text)); err == nil {
			t.Errorf("%s: accepted %s", name, text)
		}
	}
}

func TestRecordIsCheckedBeforeItIsWritten(t *testing.T) {
	for name, spoil := range map[string]func(*Record){
		"no id":         func(r *Record) { r.RecordID = Hash{} },
		"no version":    func(r *Record) { r.Notice.Version = "" },
		"no purposes":   func(r *Record) { r.Purposes = nil },
		"part seconds":  func(r *Record) { r.EventTime = r.EventTime.Add(time.Millisecond) },
		"no event time": func(r *Record) { r.EventTime = time.Time{} },
		"not UTF-8":     func(r *Record) { r.Language = "\xff" },
	} {
		r := sample(1)
		spoil(r)
		if data, err := r.Encode(); err == nil {
			t.Errorf("%s: written as %s", name, data)
		}
	}
}

func TestReceipt(t *testing.T) {
	data, _ := sample(1).Encode()
	text, err := Receipt(data, red)
	if err != nil {
		t.Fatal(err)
	}
	keys := NewKeySet(red.Key())
	r, err := VerifyReceipt(text, keys)
	if err != nil || r.RecordID != receiptID(1).Hash() {
		t.Fatalf("%v %+v", err, r)
	}
	var indented strings.Builder
	encoder := json.NewEncoder(&indented)
	encoder.SetIndent("", "  ")
	var any map[string]any
	_ = json.Unmarshal(text, &any)
	_ = encoder.Encode(any)
	if _, err := VerifyReceipt([]byte(indented.String()), keys); err != nil {
		t.Errorf("a receipt that was printed anew: %v", err)
	}
	if _, err := VerifyReceipt(text, NewKeySet(blue.Key())); err == nil {
		t.Error("another key checks it")
	}
	changed := strings.Replace(string(text), `"decision":"refused"`, `"decision":"given"`, 1)
	if _, err := VerifyReceipt([]byte(changed), keys); !errors.Is(err, errSignature) {
		t.Errorf("a changed receipt: %v", err)
	}

	// An independent reader of JWS agrees.
	signature := any["signature"].(string)
	set, _ := json.Marshal(keys)
	var jwks jose.JSONWebKeySet
	if err := json.Unmarshal(set, &jwks); err != nil {
		t.Fatalf("%s: %v", set, err)
	}
	jws, err := jose.ParseDetached(signature, data, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		t.Fatal(err)
	}
	key := jwks.Key(jws.Signatures[0].Header.KeyID)
	if len(key) != 1 || jws.DetachedVerify(data, key[0]) != nil {
		t.Errorf("jose does not verify it: %v", key)
	}
	if print, err := key[0].Thumbprint(5); err != nil || Hash(print).String() != red.Key().ID { // crypto.SHA256
		t.Errorf("the key's thumbprint is %x, %v", print, err)
	}
}

// A statement is no receipt and the other way round, whatever their words are.
func TestSignaturesHaveOneUse(t *testing.T) {
	payload := []byte(`{"a":1}`)
	signature, err := red.sign(payload, typeReceipt)
	if err != nil {
		t.Fatal(err)
	}
	keys := NewKeySet(red.Key())
	if id, err := keys.verify(payload, signature, typeReceipt); err != nil || id != red.Key().ID {
		t.Errorf("verify: %s %v", id, err)
	}
	if _, err := keys.verify(payload, signature, typeStatement); err == nil {
		t.Error("the signature of a receipt passes for that of a statement")
	}
	for i := range len(signature) {
		broken := []byte(signature)
		broken[i] ^= 1
		if _, err := keys.verify(payload, string(broken), typeReceipt); err == nil {
			t.Errorf("byte %d of the signature can be changed", i)
		}
	}
}

func TestKeySet(t *testing.T) {
	data, err := json.Marshal(NewKeySet(red.Key(), blue.Key()))
	if err != nil {
		t.Fatal(err)
	}
	var keys KeySet
	if err := json.Unmarshal(data, &keys); err != nil || len(keys) != 2 || keys[red.Key().ID] != red.Key() {
		t.Errorf("%s: %v %v", data, err, keys)
	}
	for name, text := range map[string]string{
		"other id":   strings.Replace(string(data), red.Key().ID, blue.Key().ID[:42]+"A", 1),
		"other type": strings.Replace(string(data), `"OKP"`, `"RSA"`, 1),
		"short":      strings.Replace(string(data), red.Key().X, red.Key().X[:40], 1),
		"no set":     `[]`,
	} {
		if err := json.Unmarshal([]byte(text), &keys); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := NewSigner(make([]byte, 31)); err == nil {
		t.Error("a key of 31 bytes signs")
	}
}

func TestReceiptIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := ReceiptID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		again, err := ParseReceiptID(id.String())
		if err != nil || again != id {
			t.Fatalf("%s is read as %s, %v", id, again, err)
		}
	})
	for _, text := range []string{"", "00", strings.Repeat("A", 32), strings.Repeat("g", 32), strings.Repeat("0", 34)} {
		if _, err := ParseReceiptID(text); err == nil {
			t.Errorf("%q is an id", text)
		}
	}
}

func FuzzRecord(f *testing.F) {
	for n := range 3 {
		data, _ := sample(n).Encode()
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ParseRecord(data)
		if err != nil {
			return
		}
		if again, err := r.Encode(); err != nil || string(again) != string(data) {
			t.Errorf("%s is written as %s, %v", data, again, err)
		}
	})
}

func FuzzStatement(f *testing.F) {
	b := newBook(f, 2)
	f.Add(b.state(f, Checkpoint, red, nil))
	f.Add(b.state(f, Pruned, red, func(s *Statement) { s.Before = noon }))
	f.Add(b.state(f, KeyList, red, func(s *Statement) { s.Keys = []JWK{blue.Key()} }))
	keys := NewKeySet(red.Key())
	f.Fuzz(func(t *testing.T, line []byte) {
		s, err := ParseStatement(line)
		if err != nil {
			return
		}
		_, genuine := s.Verify(keys)
		again, err := s.Sign(red)
		if err != nil || genuine == nil && string(again) != string(line) {
			t.Errorf("%s is written as %s, %v", line, again, err)
		}
	})
}

func FuzzReceipt(f *testing.F) {
	data, _ := sample(1).Encode()
	text, _ := Receipt(data, red)
	f.Add(text)
	keys := NewKeySet(red.Key())
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := VerifyReceipt(text, keys)
		if err != nil {
			return
		}
		if again, err := r.Encode(); err != nil || string(again) != string(data) {
			t.Errorf("a receipt that nobody signed: %s", text)
		}
	})
}
