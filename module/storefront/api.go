package storefront

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// wantsJSON reports whether the client asks for JSON by name.
func wantsJSON(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "application/json")
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	body = append(body, '\n')
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body)
}

func apiProblem(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]string{"error": message})
}

// apiProducts answers with all products, or those that the query q finds.
func apiProducts(w http.ResponseWriter, r *http.Request) {
	found := products
	if r.URL.Query().Has("q") {
		found = searchProducts(r.URL.Query().Get("q"))
	}
	if found == nil {
		found = []product{} // an empty list, never null
	}
	writeJSON(w, http.StatusOK, map[string]any{"currency": currency, "products": found})
}

func apiProduct(w http.ResponseWriter, r *http.Request) {
	p, ok := findProduct(r.PathValue("id"))
	if !ok {
		apiProblem(w, http.StatusNotFound, "no such product")
		return
	}
	writeJSON(w, http.StatusOK, p)
}

type apiLine struct {
	ID       string `json:"id"`
	Quantity int    `json:"quantity"`
}

type apiSale struct {
	ID       string    `json:"id,omitempty"`
	Items    []apiLine `json:"items"`
	Total    money     `json:"total"`
	Currency string    `json:"currency"`
}

func saleOf(id string, lines []line) apiSale {
	sale := apiSale{ID: id, Items: []apiLine{}, Total: total(lines), Currency: currency}
	for _, l := range lines {
		sale.Items = append(sale.Items, apiLine{l.Product.ID, l.Quantity})
	}
	return sale
}

func apiCart(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"cart": saleOf("", readCart(r))})
}

// apiOrder sells {"items":[{"id":"mug","quantity":2}]}. Other fields are ignored,
// as apps send more than a shop asks for.
func (s *shop) apiOrder(w http.ResponseWriter, r *http.Request) {
	if err := s.origin.Check(r); err != nil {
		apiProblem(w, http.StatusForbidden, err.Error())
		return
	}
	var wanted struct {
		Items []apiLine `json:"items"`
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := json.NewDecoder(r.Body).Decode(&wanted); err != nil {
		status := http.StatusBadRequest
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		apiProblem(w, status, "the order is not readable JSON")
		return
	}
	var lines []line
	for _, item := range wanted.Items {
		if _, ok := findProduct(item.ID); !ok || item.Quantity < 1 {
			apiProblem(w, http.StatusUnprocessableEntity, "an item needs the id of a product and a quantity of at least 1")
			return
		}
		lines = addLine(lines, item.ID, item.Quantity)
	}
	if len(lines) == 0 {
		apiProblem(w, http.StatusUnprocessableEntity, "an order needs items")
		return
	}
	id := s.orders.add(order{Lines: lines, Total: total(lines), confirmed: true})
	w.Header().Set(headerGoal, "order")
	w.Header().Set("Location", "/order/complete?order="+id)
	writeJSON(w, http.StatusCreated, map[string]any{"order": saleOf(id, lines)})
}
