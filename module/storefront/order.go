package storefront

import "net/http"

// order is a sale. The shop keeps it in memory only.
type order struct {
	Lines     []line
	Total     money
	Name      string
	confirmed bool // its confirmation was shown
}

func (s *shop) checkoutForm(w http.ResponseWriter, r *http.Request) {
	lines := readCart(r)
	if len(lines) == 0 {
		http.Redirect(w, r, "/cart", http.StatusSeeOther)
		return
	}
	s.render(w, r, http.StatusOK, "checkout", "Checkout", map[string]any{"Lines": lines, "Total": total(lines)})
}

func (s *shop) checkout(w http.ResponseWriter, r *http.Request) {
	lines := readCart(r)
	if len(lines) == 0 {
		http.Redirect(w, r, "/cart", http.StatusSeeOther)
		return
	}
	id := s.orders.add(order{Lines: lines, Total: total(lines), Name: r.PostFormValue("name")})
	writeCart(w, nil)
	http.Redirect(w, r, "/order/complete?order="+id, http.StatusSeeOther)
}

// orderComplete shows the confirmation. The goal is reported once for an order,
// however often its page is loaded.
func (s *shop) orderComplete(w http.ResponseWriter, r *http.Request) {
	id := r.FormValue("order")
	var done *order
	first := false
	s.orders.update(id, func(o *order) {
		first = !o.confirmed && r.Method == http.MethodGet
		o.confirmed = o.confirmed || first
		copied := *o
		done = &copied
	})
	if first {
		w.Header().Set(headerGoal, "order")
	}
	s.render(w, r, http.StatusOK, "complete", "Thank you", map[string]any{"Order": done, "ID": id})
}
