package module

// loggedHeaders are the headers whose values a log may hold, without identifiers: how
// things are transferred, stored and negotiated. Of any other only the name is told,
// for it may hold credentials, or who somebody is.
var loggedHeaders = setOf(
	// What is asked for.
	"Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Accept-Ranges",
	"Access-Control-Request-Headers", "Access-Control-Request-Method", "Expect",
	"If-Modified-Since", "If-Unmodified-Since", "Max-Forwards", "Origin", "Prefer", "Priority", "Range", "Referer",
	"Save-Data", "Sec-Ch-Ua", "Sec-Ch-Ua-Mobile", "Sec-Ch-Ua-Platform", "Sec-Fetch-Dest", "Sec-Fetch-Mode",
	"Sec-Fetch-Site", "Sec-Fetch-User", "Sec-Gpc", "Dnt", "Purpose", "Sec-Purpose", "Upgrade-Insecure-Requests",
	"User-Agent", "X-Requested-With",
	// How it came.
	"Connection", "Early-Data", "Forwarded", "Host", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Via",
	"Sec-Websocket-Extensions", "Sec-Websocket-Version",
	"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Proto",
	"Cf-Connecting-Ip", "Fastly-Client-Ip", "True-Client-Ip", "X-Client-Ip", "X-Real-Ip",
	// What is answered.
	"Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods",
	"Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Access-Control-Max-Age",
	"Age", "Allow", "Alt-Svc", "Cache-Control", "Cache-Status", "Cdn-Cache-Control", "Clear-Site-Data",
	"Content-Encoding", "Content-Language", "Content-Length", "Content-Location", "Content-Range", "Content-Type",
	"Cross-Origin-Embedder-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Date", "Expires",
	"Last-Modified", "Location", "Permissions-Policy", "Pragma", "Referrer-Policy", "Retry-After", "Server",
	"Strict-Transport-Security", "Vary", "X-Content-Type-Options", "X-Frame-Options", "X-Powered-By",
)

func setOf(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[name] = true
	}
	return set
}
