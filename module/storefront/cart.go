package storefront

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// maxQuantity is how many of one product an order can hold.
const maxQuantity = 20

// line is a product in a cart or an order.
type line struct {
	Product  product
	Quantity int
}

// Sum returns the price of the line.
func (l line) Sum() money { return l.Product.Price * money(l.Quantity) }

func total(lines []line) money {
	var sum money
	for _, l := range lines {
		sum += l.Sum()
	}
	return sum
}

func count(lines []line) int {
	n := 0
	for _, l := range lines {
		n += l.Quantity
	}
	return n
}

// readCart reads cart_items: "mug:2|lamp:1". What is not for sale is left out.
func readCart(r *http.Request) []line {
	var lines []line
	for item := range strings.SplitSeq(cookieValue(r, "cart_items"), "|") {
		id, amount, _ := strings.Cut(item, ":")
		n, err := strconv.Atoi(amount)
		if err != nil || n < 1 {
			continue
		}
		lines = addLine(lines, id, n)
	}
	return lines
}

// addLine adds n of a product to the lines, up to the most that is sold at once.
func addLine(lines []line, id string, n int) []line {
	p, ok := findProduct(id)
	if !ok {
		return lines
	}
	n = min(n, maxQuantity)
	i := slices.IndexFunc(lines, func(l line) bool { return l.Product.ID == id })
	if i < 0 {
		return append(lines, line{p, n})
	}
	lines[i].Quantity = min(lines[i].Quantity+n, maxQuantity)
	return lines
}

func writeCart(w http.ResponseWriter, lines []line) {
	if len(lines) == 0 {
		dropCookie(w, "cart_items")
		return
	}
	items := make([]string, len(lines))
	for i, l := range lines {
		items[i] = l.Product.ID + ":" + strconv.Itoa(l.Quantity)
	}
	setCookie(w, "cart_items", strings.Join(items, "|"), year, false)
}

func (s *shop) cart(w http.ResponseWriter, r *http.Request) {
	lines := readCart(r)
	s.render(w, r, http.StatusOK, "cart", "Cart", map[string]any{"Lines": lines, "Total": total(lines)})
}

func (s *shop) cartAdd(w http.ResponseWriter, r *http.Request) {
	id := r.PostFormValue("id")
	if _, ok := findProduct(id); !ok {
		s.problem(w, r, http.StatusBadRequest, "There is no such product.")
		return
	}
	n, err := strconv.Atoi(r.PostFormValue("quantity"))
	if err != nil || n < 1 {
		n = 1
	}
	writeCart(w, addLine(readCart(r), id, n))
	http.Redirect(w, r, "/cart", http.StatusSeeOther)
}

func (s *shop) cartRemove(w http.ResponseWriter, r *http.Request) {
	id := r.PostFormValue("id")
	writeCart(w, slices.DeleteFunc(readCart(r), func(l line) bool { return l.Product.ID == id }))
	http.Redirect(w, r, "/cart", http.StatusSeeOther)
}
