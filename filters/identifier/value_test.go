package identifier

import "testing"

func TestValues(t *testing.T) {
	tests := []struct {
		what string
		is   func(string) bool
		yes  []string
		no   []string
	}{
		{"IMEI", IsIMEI,
			[]string{"490154203237518", "356938035643809", "352099001761481", "868932036356090", "49-015420-323751-8", "49 015420 323751 8", "49015420-323751-8", "490154/20/323751/8", "49.015420.323751.8"},
			[]string{"", "490154203237519", "49015420323751", "4901542032375180", "000000000000000", "49015420323751a", "378282246310005", "49-015420-323751 8", "4901542-0-323751-8", "49-015420-323751-9", "20201013-323751-6", "49015420-323751-9", "49015420-323751/8"}},
		{"ICCID", IsICCID,
			[]string{"8991101200003204514", "89014103211118510720"},
			[]string{"", "8991101200003204515", "7991101200003204514", "899110120000320451"}},
		{"MAC address", IsMAC,
			[]string{"00:11:22:aa:bb:cc", "00-11-22-AA-BB-CC", "0011.22aa.bbcc", "00:11:22:ff:fe:aa:bb:cc", "00-11-22-FF-FE-AA-BB-CC", "0011.22ff.feaa.bbcc"},
			[]string{"", "00:11:22:aa:bb", "00:11:22:aa:bb:cg", "00:11-22:aa:bb:cc", "001122aabbcc", "0011:22aa:bbcc", "00:11:22:aa:bb:cc:dd", "2020-10-13-11-22", "2001:0db8:85a3:0000:0000"}},
		{"MAC address by its name", isNamedMAC,
			[]string{"00:11:22:aa:bb:cc", "001122AABBCC", "001122-aabbcc", "0:11:22:a:b:c", "00 11 22 aa bb cc", "00+11+22+aa+bb+cc", "00:11:22:ff:fe:aa:bb:cc"},
			[]string{"", "hello", "0:11:22:a:b", "001122fffeaabbcc", ":00:11:22:aa:bb:cc", "00::11:22:aa:bb:cc", "9f86d081884c7d659a2feaa0c55ad015"}},
		{"UUID", IsUUID,
			[]string{uuid, "6D92078A-8246-4BA4-AE5B-76104861E7DC", "{6d92078a-8246-4ba4-ae5b-76104861e7dc}", "6d92078a82464ba4ae5b76104861e7dc"},
			[]string{"", "6d92078a-8246-4ba4-ae5b-76104861e7d", "6d92078a-8246-4ba4-ae5b-76104861e7dg", "6d92078a82464-ba4-ae5b-76104861e7dc", "42"}},
	}
	for _, test := range tests {
		for _, text := range test.yes {
			if !test.is(text) {
				t.Errorf("%q is no %s", text, test.what)
			}
		}
		for _, text := range test.no {
			if test.is(text) {
				t.Errorf("%q is a %s", text, test.what)
			}
		}
	}
}

func TestNamesThatTellAnIMEIFromOtherNumbers(t *testing.T) {
	const unallocated = "123456789012347" // passes the Luhn check, no such type allocation code
	if !IsIMEI(unallocated) {
		t.Fatal("the test's number has no check digit")
	}
	for _, test := range []struct {
		name, value string
		want        bool
	}{
		{"x", imei, true}, {"id", imei, true}, {"hardware", imei, true}, {"", imei, true},
		{"x", unallocated, true}, {"pixelId", unallocated, false}, {"ad_id", unallocated, false},
		{"x", "49015420-323751-8", true}, {"order", "49015420-323751-8", false},
		{"order", imei, false}, {"order_id", imei, false}, {"orderId", imei, false}, {"out_trade_no", imei, false},
		{"cartTotal", imei, false}, {"tracking-number", imei, false}, {"items[0][sku]", imei, false}, {"newPassword", imei, false},
	} {
		if _, got := byValue(test.name, test.value); got != test.want {
			t.Errorf("%s=%s: got %v", test.name, test.value, got)
		}
	}
}
