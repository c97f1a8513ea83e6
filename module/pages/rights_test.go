package pages

import (
	"bytes"
	"strings"
	"testing"
)

// rightsView is a visitor of whom everything is held.
func rightsView(lang Lang) *View {
	v := sample()
	v.Lang, v.Decided = lang, "2026-01-02"
	v.Me = Me{
		Choice:     &HeldChoice{Cookie: "__Host-consent", Day: "2026-01-02", Purposes: []string{"necessary", "analytics"}, GPC: true, Minor: true},
		Dates:      &HeldDates{Cookie: "__Host-dates", First: "2025-11", Last: "2026-01-02", Ends: "2026-12-01", Visits: 2, Campaigns: []HeldCampaign{{"spring-sale", "2026-01-01"}}},
		Visit:      &HeldVisit{Cookie: "__Host-visit"},
		Notices:    &HeldNotices{Cookie: "__Host-notices", Seen: []string{"ab12"}},
		Unreadable: []string{"consent"},
	}
	v.Erase.Partners = []Told{{"acme-ads", "AbCd"}, {"other", ""}}
	v.Request = Request{
		Kind: "deletion", Known: true, New: true, Reference: "RefRef", Status: "open", Opened: "2026-01-02",
		Due: "2026-01-17", DaysLeft: "15", Answer: "Line one\nline two",
	}
	return v
}

// TestRightsPages checks that what a visitor is owed stands on the pages.
func TestRightsPages(t *testing.T) {
	p := newPages(t, Config{})
	done := func(v *View) { v.Erase.Done = true }
	form := func(v *View) {
		v.Request = Request{Kind: "access", Contact: "no address", Message: "kept", Fault: ContactFault}
	}
	closed := func(v *View) { v.Request.Status, v.Request.Closed, v.Request.New = "refused", "2026-01-10", false }
	late := func(v *View) { v.Request.Overdue = true }
	earlier := func(v *View) { v.Me.Choice.Earlier = true }
	for _, c := range []struct {
		name, page string
		change     func(*View)
		en, zh     []string
		not        []string
	}{
		{"all", "me", nil,
			[]string{"__Host-consent", "2025-11", "spring-sale", "Visit statistics", "visits: 2", "ab12", "minor", "Global Privacy Control", "format=json", "Erase everything"},
			[]string{"__Host-dates", "访问：2", "未成年人", "访问统计"}, []string{"holds nothing"}},
		{"earlier", "me", earlier, []string{"an earlier policy"}, []string{"旧版政策"}, nil},
		{"none", "me", func(v *View) { v.Me = Me{} }, []string{"holds nothing of the gateway"}, []string{"没有网关的任何内容"}, []string{"__Host"}},
		{"ask", "erase", nil, []string{"acme-ads, other", "Erase everything now", `method="post"`, "signed out"}, []string{"立即全部删除"}, []string{"AbCd"}},
		{"done", "erase", done, []string{"AbCd", "could not be told", "Done."}, []string{"已完成", "暂时无法通知"}, []string{"<form"}},
		{"form", "request", form,
			[]string{`value="no address"`, `aria-invalid="true"`, "not an e-mail", ">kept</textarea>", `value="access" required checked`},
			[]string{"不是有效的电子邮箱"}, []string{"RefRef"}},
		{"new", "request", nil, []string{"ref=RefRef", "2026-01-17", "Days left", "Deletion of my data", "Open"}, []string{"处理中", "剩余天数"}, []string{"<form", "Answered on"}},
		{"late", "request", late, []string{"Overdue"}, []string{"已逾期"}, nil},
		{"closed", "request", closed, []string{"Refused", "2026-01-10", "Line one", "lang=zh&amp;ref=RefRef"}, []string{"已拒绝"}, []string{"Days left"}},
	} {
		for lang, want := range map[Lang][]string{"en": c.en, "zh": c.zh} {
			t.Run(c.page+"/"+c.name+"/"+string(lang), func(t *testing.T) {
				v := rightsView(lang)
				if c.change != nil {
					c.change(v)
				}
				var b bytes.Buffer
				if err := everyPage(p)[c.page](&b, v); err != nil {
					t.Fatal(err)
				}
				for _, text := range want {
					if !strings.Contains(b.String(), text) {
						t.Errorf("the page lacks %q", text)
					}
				}
				for _, text := range c.not {
					if strings.Contains(b.String(), text) {
						t.Errorf("the page holds %q", text)
					}
				}
				check(t, elements(t, &b))
			})
		}
	}
}
