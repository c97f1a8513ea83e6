package visit

import "strings"

// Device is a class of device. The zero value is other.
type Device uint8

// The classes.
const (
	OtherDevice Device = iota
	Mobile
	Tablet
	Desktop
)

var deviceClasses = []string{Other, "mobile", "tablet", "desktop"}

// DeviceOf tells the class of a device from Sec-CH-UA-Mobile ("?1" or "?0", User-Agent
// Client Hints) and User-Agent. A tablet that asks for desktop pages, as iPads do,
// can't be told from a desktop.
func DeviceOf(mobileHint, userAgent string) Device {
	has := func(s string) bool { return strings.Contains(userAgent, s) }
	switch {
	case has("iPad"), has("Tablet"), has("PlayBook"), has("Kindle"), has("Silk/") && !has("Mobile"):
		return Tablet
	case has("SmartTV"), has("SMART-TV"), has("AppleTV"), has("GoogleTV"), has("BRAVIA"), has("PlayStation"), has("Xbox"), has("Nintendo"):
		return OtherDevice
	case mobileHint == "?1", has("iPhone"), has("iPod"), has("Mobile"), has("Opera Mini"), has("(Phone;"):
		return Mobile
	case has("Android"):
		return Tablet // Android says Mobile on phones alone
	case mobileHint == "?0", has("Windows NT"), has("Macintosh"), has("X11"), has("CrOS"), has("(PC;"):
		return Desktop
	}
	return OtherDevice
}
