package caddyfile

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"pgregory.net/rapid"

	"github.com/fairwaygate/fairway/module"
)

// parseGlobal parses the lines of a global block as Caddy hands them over.
func parseGlobal(lines string) (*module.Config, error) {
	d, err := dispense("consent {\n" + lines + "\n}")
	if err != nil {
		return nil, err
	}
	value, err := parseApp(d, nil)
	if err != nil {
		return nil, err
	}
	return decode(value.(httpcaddyfile.App).Value, new(module.Config))
}

// dispense cuts source into words; that fails on a quote without an end.
func dispense(source string) (*caddyfile.Dispenser, error) {
	tokens, err := caddyfile.Tokenize([]byte(source), "Caddyfile")
	return caddyfile.NewDispenser(tokens), err
}

// decode reads JSON as strictly as Caddy does.
func decode[T any](text []byte, to *T) (*T, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return to, decoder.Decode(to)
}

// TestInlineEqualsBlock writes partners once on one line and once as a block.
func TestInlineEqualsBlock(t *testing.T) {
	options := []string{
		"hosts acme.example *.acme-cdn.example", "beacons /collect/* /pixel", "purpose advertising",
		"country US", "receives order.total \"country\"", "erase https://acme.example/erase",
	}
	rapid.Check(t, func(t *rapid.T) {
		chosen := rapid.SliceOfDistinct(rapid.SampledFrom(options), rapid.ID[string]).Draw(t, "options")
		cut := rapid.IntRange(0, len(chosen)).Draw(t, "how many inline")
		inline, block := strings.Join(chosen[:cut], " "), strings.Join(chosen[cut:], "\n")
		want, err := parseGlobal("partner acme {\n" + strings.Join(chosen, "\n") + "\n}")
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseGlobal("partner acme " + inline + " {\n" + block + "\n}")
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

// TestCookieModifiersInAnyOrder declares one cookie in every way it can be written.
func TestCookieModifiersInAnyOrder(t *testing.T) {
	modifiers := []string{"30d", "secure", "httponly", "samesite=lax"}
	want, err := parseGlobal("cookie sid cart_* necessary " + strings.Join(modifiers, " "))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		order := rapid.Permutation(modifiers).Draw(t, "order")
		got, err := parseGlobal("cookie sid cart_* necessary " + strings.Join(order, " "))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

// TestOrderOfLines moves a purpose around: it is known before its declaration too.
func TestOrderOfLines(t *testing.T) {
	lines := []string{"purpose fit-finder", "cookie size fit-finder 1y", "partner fitco purpose fit-finder hosts fitco.example", "home DE"}
	want, err := parseGlobal(strings.Join(lines, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		got, err := parseGlobal(strings.Join(rapid.Permutation(lines).Draw(t, "order"), "\n"))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

// FuzzGlobal asserts that the parser of the global option never panics, that its
// errors name a place, and that what it accepts is the app's JSON without loss.
func FuzzGlobal(f *testing.F) {
	for _, seed := range []string{
		"", "home CN", "policy 1 {\nrenew 6mo\n}", "purpose a title b clause c", "cookie sid csrf necessary 30d secure samesite=lax",
		"partner a {\nhosts *.a.example\npurpose a\n}\npurpose a", "signals tcf gpp gpp gpp", "regime opt-in EU other", "location coarse 1",
		"report {\nprivacy noise 2.0\nroute home /\n}", "store sqlite a.db", "minors header A", "minors {\nbirthday a.b c\nunder 13 16\n}", "home {\n}", "purpose a <<X\nb\nX\n", "} {", "\"{\" }",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, lines string) {
		d, err := dispense("consent {\n" + lines + "\n}")
		if err != nil {
			return
		}
		value, err := parseApp(d, nil)
		if err != nil {
			namesPlace(t, err)
			return
		}
		app := value.(httpcaddyfile.App).Value
		config, err := decode(app, new(module.Config))
		if err != nil {
			t.Fatalf("%v in %s", err, app)
		}
		if again, err := json.Marshal(config); err != nil || !bytes.Equal(again, app) {
			t.Fatalf("got %s, %v; want %s", again, err, app)
		}
	})
}

// FuzzSite asserts the same of the parser of the directive.
func FuzzSite(f *testing.F) {
	for _, seed := range []string{"", "mode observe", "{\nmode enforce\nexempt /a /b* clause I\n}", "partner a", "{\n}", "{\n} {", "\"{\""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, rest string) {
		d, err := dispense("consent " + rest)
		if err != nil {
			return
		}
		got, err := parseGateway(httpcaddyfile.Helper{Dispenser: d})
		if err != nil {
			namesPlace(t, err)
			return
		}
		text, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		again, err := decode(text, new(module.Gateway))
		if err != nil || !reflect.DeepEqual(again, got) {
			t.Fatalf("got %+v, %v; want %+v", again, err, got)
		}
	})
}

func namesPlace(t *testing.T, err error) {
	t.Helper()
	if !strings.Contains(err.Error(), ", at Caddyfile:") {
		t.Fatalf("no place in %q", err)
	}
}
