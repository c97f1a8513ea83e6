package body

import "testing"

func TestContacts(t *testing.T) {
	for _, text := range []string{
		"ann@shop.example", "mailto:ann@shop.example", "Ann Example <ann.b+c@mail.shop.example>", "a b, x@y.zz; c", "@@a@b.cc", "änn@exämple.example",
		"+49 171 2345678", "+491712345678", "+1 (212) 555-0142", "(+86) 138 1234 5678", "0049 171 2345678", "00491712345678", "+1.212.555.0142",
		"0171 2345678", "0171/2345678", "(212) 555-0142", "13812345678", "138 1234 5678", "tel:+49-171-2345678", " +491712345678 ",
		"https://x.example/?m=ann%40shop.example", "call +86 138 1234 5678 today", "a,+4917123456,b",
		"212-555-0142", "212.555.0142", "1-800-555-0199", "212 555 0142",
		"01712345678", "07700900123", "0612345678", "01.23.45.67.89", "8613812345678", "86 13812345678",
	} {
		if !holdsContact("note", text) {
			t.Errorf("%q was missed", text)
		}
	}
	for _, text := range []string{
		"", "@", "a@", "@shop.example", "a@b", "a@b.c", "a@1.23", "me @ work", "font@2x.5", "5", "1234.56", "2024-10-24", "2024-10-24 10:00", "24.10.2024", "01-02-2024", "1700000000000",
		"12345678", "00000012345678", "1.2.3.4", "192.168.100.200", "A-000123", "490154203237518", "4111 1111 1111 1111", "10-20-30", "+5", "1e400", "-0.5", "12 345 678",
		"2024-10-24T10:00:00+0800", "a+12345678", "1.5e+12345678", "up +12.345678 points", "100%40",
		"0-306-40615-2", "123-456-7890", "212-155-0142", "2-212-555-0142", "212-555.0142", "212-555-01424", "212-555-014a",
		"0306406152", "012345678905", "0012345678", "8690504012345", "8691504012345", "01.02.03.04.2024",
	} {
		if holdsContact("note", text) {
			t.Errorf("%q was taken for a contact", text)
		}
	}
	for _, name := range []string{"email", "customer_email", "Phone", "telephone", "mobileNumber"} {
		if holdsContact(name, "ann@shop.example") {
			t.Errorf("%q does not say what it holds", name)
		}
	}
}
