package module

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// minors is how it is learned that a visitor is a minor.
type minors struct {
	header   string   // by which the storefront says so
	statuses []string // what it may say: under-14
	birthday []string // dotted paths of fields
	age      int      // below which a birthday tells of a minor
}

// under are the ages of a policy that names none: below 14 and below 18 a
// guardian has to agree (Personal Information Protection Law of the PRC, article
// 31; Civil Code, article 17).
var under = [...]int{14, 18}

// maxAge is the highest age that a policy may call minor.
const maxAge = 21

func (m *Minors) compile() minors {
	c := minors{header: headerMinor}
	var ages []int
	if m != nil {
		if m.Header != "" {
			c.header = http.CanonicalHeaderKey(m.Header)
		}
		c.birthday, ages = m.Birthday, m.Under
	}
	if len(ages) == 0 {
		ages = under[:]
	}
	c.age = slices.Max(ages)
	for _, age := range slices.Concat(under[:], ages) {
		c.statuses = append(c.statuses, "under-"+strconv.Itoa(age))
	}
	return c
}

// knows reports whether the storefront may say this of a minor.
func (m *minors) knows(status string) bool { return slices.Contains(m.statuses, status) }

func (m *Minors) validate() error {
	if m == nil {
		return nil
	}
	for _, field := range m.Birthday {
		if len(field) > pathMax/2 || slices.Contains(strings.Split(field, "."), "") || strings.ContainsAny(field, " \t\r\n") {
			return fmt.Errorf("minors: birthday %q: expected a dotted path such as profile.birthdate", field)
		}
	}
	for _, age := range m.Under {
		if age < 1 || age > maxAge {
			return fmt.Errorf("minors: under %d: expected an age from 1 to %d", age, maxAge)
		}
	}
	if m.Header != "" && !httpguts.ValidHeaderFieldName(m.Header) {
		return fmt.Errorf("minors: header %q: expected a name such as Consent-Minor", m.Header)
	}
	return nil
}
