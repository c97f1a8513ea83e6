// Package storefront is a sample shop for trying a privacy gateway on.
//
// It behaves as storefronts do: it has pages, product images, search, login, a
// cart, an API, uploads, downloads and streams; it sets cookies for every
// purpose, declared and not; and its pages load a dozen foreign trackers in all
// the ways that trackers are loaded. The vendors are invented. They are all
// served by one [Recorder], which lists what reached them.
//
// [New] returns the shop and a [Recorder] is the other side; both are plain
// [http.Handler] values that keep everything in memory, within bounds. The shop
// asks no visitor for consent and checks none itself: that is the gateway's
// part. It only reads the gateway's headers.
package storefront

import (
	"html/template"
	"net"
	"net/http"
	"time"
)

// Trackers tells where the shop's pages find its trackers: all on one port, each
// under its own name below "localhost", which browsers resolve to loopback.
type Trackers struct {
	Port string // the TCP port of the [Recorder], as "8082"
}

// URL returns the address of a path, which begins with a slash, on a tracker's host.
func (t Trackers) URL(host, path string) string {
	return "http://" + net.JoinHostPort(host, t.Port) + path
}

// What the shop remembers at most. The oldest entry goes first.
const (
	maxSessions = 1024
	maxOrders   = 1024
	maxPhotos   = 8
)

// Cookie lifetimes as the shop asks for them. Some are longer than any policy
// would allow, as they are in real shops.
const (
	month = 30 * 24 * time.Hour
	year  = 365 * 24 * time.Hour
)

type shop struct {
	pages    map[string]*template.Template
	sessions *store[account]
	orders   *store[order]
	photos   *store[photo]
	origin   *http.CrossOriginProtection
}

// New returns the shop. It is safe for concurrent use and starts nothing that
// would need stopping.
func New(trackers Trackers) http.Handler {
	s := &shop{
		pages:    parsePages(trackers),
		sessions: newStore[account](maxSessions),
		orders:   newStore[order](maxOrders),
		photos:   newStore[photo](maxPhotos),
		origin:   http.NewCrossOriginProtection(),
	}
	mux := http.NewServeMux()

	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /category/{id}", s.category)
	mux.HandleFunc("GET /product/{id}", s.product)
	mux.HandleFunc("GET /search", s.search)
	mux.HandleFunc("GET /trackers", s.trackers)
	mux.HandleFunc("GET /lab", s.lab)
	mux.HandleFunc("GET /fail", s.fail)
	mux.HandleFunc("/", s.notFound)

	mux.HandleFunc("GET /login", s.loginForm)
	mux.HandleFunc("POST /login", s.checked(s.login))
	mux.HandleFunc("POST /logout", s.checked(s.logout))
	mux.HandleFunc("POST /preferences", s.checked(s.preferences))
	mux.HandleFunc("GET /account", s.account)
	mux.HandleFunc("POST /account/delete", s.checked(s.deleteAccount))
	mux.HandleFunc("POST /account/photo", s.upload)
	mux.HandleFunc("GET /account/photo/{id}", s.photo)

	mux.HandleFunc("GET /cart", s.cart)
	mux.HandleFunc("POST /cart/add", s.checked(s.cartAdd))
	mux.HandleFunc("POST /cart/remove", s.checked(s.cartRemove))
	mux.HandleFunc("GET /checkout", s.checkoutForm)
	mux.HandleFunc("POST /checkout", s.checked(s.checkout))
	mux.HandleFunc("GET /order/complete", s.orderComplete)

	mux.HandleFunc("GET /api/products", apiProducts)
	mux.HandleFunc("GET /api/products/{id}", apiProduct)
	mux.HandleFunc("GET /api/cart", apiCart)
	mux.HandleFunc("POST /api/order", s.apiOrder)

	mux.HandleFunc("/echo", echo)
	mux.HandleFunc("GET /events", events)
	mux.HandleFunc("GET /ws", serveWebSocket)
	mux.HandleFunc("GET /download/{bytes}", s.download)

	s.handleDocuments(mux)
	mux.Handle("GET /assets/", assets())
	mux.HandleFunc("GET /images/{file}", productImage)
	return mux
}
