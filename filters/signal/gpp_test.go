package signal

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/consent"
	"pgregory.net/rapid"
)

const (
	optedOut    = "CVQVAAAAAACA" // usnat, version 2
	notOptedOut = "CVQqAAAAAACA"
)

// us writes a section: six bits of version and values of two bits.
func us(version int, values ...int) string {
	w := new(writer)
	w.uint(uint64(version), 6)
	for _, v := range values {
		w.uint(uint64(v), 2)
	}
	return w.String()
}

func zeros(n int) []int { return make([]int, n) }

func TestGPP(t *testing.T) {
	all := tcString(set(1, 2, 3, 4, 5, 6, 7), 0)
	none := tcString(0, 0)
	// Two forms of usnat: the notices, then sale, sharing, targeted advertising.
	nat1 := func(outs ...int) string {
		return us(1, slices.Concat([]int{1, 1, 1, 1, 0, 0}, outs, zeros(12+2+1+3))...)
	}
	nat2 := func(outs ...int) string {
		return us(2, slices.Concat([]int{1, 1, 1, 1, 0, 0}, outs, zeros(16+3+1+3))...)
	}
	california := func(sale, sharing int) string {
		return us(1, slices.Concat([]int{1, 1, 0, sale, sharing}, zeros(9+2+1+3))...)
	}
	for _, tt := range []struct {
		name, s string
		taken   consent.Set
	}{
		{"no section", "DBAA", 0},
		{"usnat", "DBABLA~" + optedOut, allOfUS},
		{"usnat, not opted out", "DBABLA~" + notOptedOut, 0},
		{"usnat, padded header", "DBABLAAA~" + optedOut, allOfUS},
		{"usnat, GPC", "DBABLA~" + notOptedOut + ".YA", allOfUS},
		{"usnat, no GPC", "DBABLA~" + notOptedOut + ".QA", 0},
		{"usnat 1, sale", header(7) + "~" + nat1(1, 2, 2), allOfUS},
		{"usnat 1, sharing", header(7) + "~" + nat1(2, 1, 2), allOfUS},
		{"usnat 1, targeted advertising", header(7) + "~" + nat1(2, 2, 1), allOfUS},
		{"usnat 1, none", header(7) + "~" + nat1(2, 2, 2), 0},
		{"usnat 1, does not apply", header(7) + "~" + nat1(0, 0, 0), 0},
		{"usnat 2, sale", header(7) + "~" + nat2(1, 0, 0), allOfUS},
		{"usnat 2, sharing", header(7) + "~" + nat2(0, 1, 0), allOfUS},
		{"usnat 2, targeted advertising", header(7) + "~" + nat2(0, 0, 1), allOfUS},
		{"usnat 2, none", header(7) + "~" + nat2(2, 2, 2), 0},
		{"usca, sale", header(8) + "~" + california(1, 2), allOfUS},
		{"usca, sharing", header(8) + "~" + california(2, 1), allOfUS},
		{"usca, none", header(8) + "~" + california(2, 2), 0},
		{"uspv1, opted out", header(6) + "~1YYN", allOfUS},
		{"uspv1, not opted out", header(6) + "~1YNN", 0},
		{"uspv1, does not apply", header(6) + "~1---", 0},
		{"tcfeuv2 and uspv1", "DBACNYA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA~1YNN", allOfTCF},
		{"consent there, opted out here", header(2, 6) + "~" + all + "~1YYN", allOfUS},
		{"consent there, not opted out here", header(2, 6) + "~" + all + "~1YNN", 0},
		{"refused there, opted out here", header(2, 6) + "~" + none + "~1YYN", allOfGPP},
		{"a range of sections", headerRange(7, 8) + "~" + nat2(2, 2, 2) + "~" + california(1, 2), allOfUS},
		{"a range of sections, none out", headerRange(7, 8) + "~" + nat2(2, 2, 2) + "~" + california(2, 2), 0},
		{"a TC string", all, 0},
		{"a TC string without consents", none, allOfTCF},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if taken, err := GPP(tt.s); taken != tt.taken || err != nil {
				t.Errorf("GPP(%q) = %b, %v, want %b", tt.s, taken, err, tt.taken)
			}
		})
	}
}

func TestGPPRefused(t *testing.T) {
	endless := new(writer)
	endless.uint(3, 6)
	endless.uint(1, 6)
	endless.uint(1, 12)
	endless.uint(0, 60)
	endless.uint(3, 2)
	for _, tt := range []struct {
		name, s string
		taken   consent.Set
		err     error
	}{
		{"empty", "", allOfGPP, ErrLength},
		{"longer than the limit", "DBABLA~" + notOptedOut + strings.Repeat("A", MaxLength), allOfGPP, ErrLength},
		{"words", "yes, all of it", allOfGPP, ErrMalformed},
		{"a header of another type", "EBABLA~" + notOptedOut, allOfGPP, ErrMalformed},
		{"a header of version 2", "DCABLA~" + notOptedOut, allOfGPP, ErrVersion},
		{"a header cut off", "DB", allOfGPP, ErrMalformed},
		{"a header cut off in a range", "DBAB", allOfGPP, ErrMalformed},
		{"a header of other characters", "DBABL+~" + notOptedOut, allOfGPP, ErrMalformed},
		{"a section that is not listed", "DBABLA~" + notOptedOut + "~1YNN", allOfGPP, ErrMalformed},
		{"a section that is not there", "DBABLA", allOfGPP, ErrMalformed},
		{"a section to nothing", "DBAA~", allOfGPP, ErrMalformed},
		{"a range that is not there", headerRange(7, 40000) + "~" + notOptedOut, allOfGPP, ErrMalformed},
		{"a code without end", endless.String() + "~" + notOptedOut, allOfGPP, ErrMalformed},
		{"an unknown section", header(28) + "~BAAA", allOfGPP, ErrSection},
		{"the section of TCF 1", header(1) + "~BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA", allOfGPP, ErrSection},
		{"a section far beyond", header(4000) + "~BAAA", allOfGPP, ErrSection},
		{"a header as a section", header(3) + "~DBAA", allOfGPP, ErrSection},

		{"usnat, empty", "DBABLA~", allOfUS, ErrLength},
		{"usnat, cut off", "DBABLA~" + notOptedOut[:9], allOfUS, ErrMalformed},
		{"usnat, version 3", "DBABLA~D" + notOptedOut[1:], allOfUS, ErrVersion},
		{"usnat, version 0", "DBABLA~A" + notOptedOut[1:], allOfUS, ErrVersion},
		{"usnat, an opt-out of 3", "DBABLA~CVQ6AAAAAACA", allOfUS, ErrMalformed},
		{"usnat, other characters", "DBABLA~CVQqAAAAAA=A", allOfUS, ErrMalformed},
		{"usnat, empty GPC", "DBABLA~" + notOptedOut + ".", allOfUS, ErrMalformed},
		{"usnat, a GPC of another type", "DBABLA~" + notOptedOut + ".oA", allOfUS, ErrMalformed},
		{"usnat, two GPC", "DBABLA~" + notOptedOut + ".QA.QA", allOfUS, ErrMalformed},
		{"usva, version 2", header(9) + "~" + us(2, zeros(17)...), allOfUS, ErrVersion},
		{"uspv1, version 2", header(6) + "~2YNN", allOfUS, ErrVersion},
		{"uspv1, short", header(6) + "~1YN", allOfUS, ErrMalformed},
		{"uspv1, long", header(6) + "~1YNNN", allOfUS, ErrMalformed},
		{"uspv1, another letter", header(6) + "~1YXN", allOfUS, ErrMalformed},
		{"tcfeuv2, version 1", header(2) + "~BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA", allOfTCF, ErrVersion},
		{"tcfeuv2, cut off", header(2) + "~CPXxRfAPXxRfAAfKABENB", allOfTCF, ErrMalformed},
		{"tcfcav1, version 2", header(5) + "~" + canada(2, 0, 0), allOfTCF, ErrVersion},
		{"tcfcav1, cut off", header(5) + "~" + canada(1, 0, 0)[:30], allOfTCF, ErrMalformed},
		{"tcfcav1, a bad segment", header(5) + "~" + canada(1, 0, 0) + ".é", allOfTCF, ErrMalformed},
		{"one of two can't be read", header(5, 7) + "~" + canada(1, set(2, 3, 4, 5, 6, 7), 0) + "~" + notOptedOut[:9], allOfUS, ErrMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if taken, err := GPP(tt.s); taken != tt.taken || !errors.Is(err, tt.err) {
				t.Errorf("GPP(%q) = %b, %v, want %b, %v", tt.s, taken, err, tt.taken, tt.err)
			}
		})
	}
}

func TestTCFCanada(t *testing.T) {
	for _, tt := range []struct {
		name             string
		express, implied IDs
		taken            consent.Set
	}{
		{"none", 0, 0, allOfTCF},
		{"purpose 1 is not used", set(2, 3, 4, 5, 6, 7), 0, 0},
		{"implied consent is not consent", 0, set(2, 3, 4, 5, 6, 7), allOfTCF},
		{"measuring", set(9), 0, advertising | personalization},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := header(5) + "~" + canada(1, tt.express, tt.implied)
			if taken, err := GPP(s); taken != tt.taken || err != nil {
				t.Errorf("GPP(%q) = %b, %v, want %b", s, taken, err, tt.taken)
			}
		})
	}
}

// The states that keep sensitive data apart, and Maryland, may begin with a
// header of their own.
func TestUSHeader(t *testing.T) {
	values := func(id, sale, targeted int) []int {
		v := []int{1, 0, 1, 1, 1, sale, targeted, 0, 0}
		if id == 24 {
			v = v[:8]
		}
		return v
	}
	for id := 24; id <= 27; id++ {
		own := new(writer)
		own.uint(uint64(id), 6)
		own.uint(1, 6)
		own.uint(1, 12)
		own.bool(false)
		own.fibonacci(1)
		later := "C" // version 2 of the section
		later = own.String()[:1] + later + own.String()[2:]
		second := us(0, 1, 2, 0, 1, 2, 0, 1, 2)[1:] // eight values alone
		if id == 24 {
			second = "QA"
		}
		for _, tt := range []struct {
			name, s string
			taken   consent.Set
			ok      bool
		}{
			{"plain", us(1, values(id, 2, 2)...), 0, true},
			{"plain, sale", us(1, values(id, 1, 2)...), allOfUS, true},
			{"plain, targeted", us(1, values(id, 2, 1)...), allOfUS, true},
			{"plain, second", us(1, values(id, 2, 2)...) + "." + second, 0, true},
			{"headed", own.String() + "." + us(1, values(id, 2, 2)...), 0, true},
			{"headed, sale", own.String() + "." + us(1, values(id, 1, 2)...), allOfUS, true},
			{"headed, targeted", own.String() + "." + us(1, values(id, 0, 1)...), allOfUS, true},
			{"headed, second", own.String() + "." + us(1, values(id, 2, 2)...) + "." + second, 0, true},
			{"header alone", own.String(), allOfUS, false},
			{"header of another version", later + "." + us(1, values(id, 2, 2)...), allOfUS, false},
			{"second too short", us(1, values(id, 2, 2)...) + ".", allOfUS, false},
		} {
			s := header(id) + "~" + tt.s
			if taken, err := GPP(s); taken != tt.taken || (err == nil) != tt.ok {
				t.Errorf("section %d, %s: GPP(%q) = %b, %v, want %b", id, tt.name, s, taken, err, tt.taken)
			}
		}
	}
	u, err := DecodeUS(25, us(1, values(25, 2, 2)...)+"."+us(0, 1, 2, 0, 1, 2, 0, 1, 2)[1:])
	if got := u.Field("SensitiveDataProcessing"); err != nil || !slices.Equal(got, []byte{1, 2, 0, 1, 2, 0, 1, 2}) {
		t.Errorf("sensitive data: %v, %v", got, err)
	}
	if got := u.Field("SharingOptOut"); got != nil {
		t.Errorf("a field that the section has not: %v", got)
	}
}

func TestDecodeUSUnknown(t *testing.T) {
	for _, id := range []int{-1, 0, 1, 2, 6, 28, 1 << 20} {
		if _, err := DecodeUS(id, notOptedOut); !errors.Is(err, ErrSection) {
			t.Errorf("section %d: %v", id, err)
		}
	}
}

func TestFibonacci(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 5, 12, 13, 27, 4095, 40000} {
		w := new(writer)
		w.fibonacci(n)
		length := len(w.bits)
		w.uint(1<<6-1, 6)
		r := newReader(w.String(), true)
		if got := r.fibonacci(); got != n || r.pos != length || r.bad {
			t.Errorf("%d is read as %d, %d bits of %d", n, got, r.pos, length)
		}
	}
	for _, bad := range []string{"A", "B", "qqqqqqqq", "AAAAAAAAAAD"} {
		r := newReader(bad, true)
		if got := r.fibonacci(); !r.bad || got != 0 {
			t.Errorf("%q is read as %d", bad, got)
		}
	}
}

// A string takes what its sections take, each by itself.
func TestGPPSum(t *testing.T) {
	var parts []Section
	for _, v := range readVectors(t) {
		if v.GPP == "" {
			continue
		}
		sections, err := DecodeGPP(v.GPP)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, sections...)
	}
	rapid.Check(t, func(t *rapid.T) {
		chosen := map[int]string{}
		for range rapid.IntRange(0, 8).Draw(t, "sections") {
			p := rapid.SampledFrom(parts).Draw(t, "section")
			chosen[p.ID] = p.Text
		}
		var (
			ids  []int
			s    string
			want consent.Set
		)
		for id := range 28 {
			text, ok := chosen[id]
			if !ok {
				continue
			}
			ids = append(ids, id)
			s += "~" + text
			taken, err := GPP(header(id) + "~" + text)
			if err != nil {
				t.Fatal(err)
			}
			want |= taken
		}
		if taken, err := GPP(header(ids...) + s); taken != want || err != nil {
			t.Fatalf("%v: %b, %v, want %b", ids, taken, err, want)
		}
	})
}
