package location

import "iter"

// Sort is what a name says about the place under it.
type Sort uint8

// The sorts. The certain ones hold a place whatever the text looks like, be it not a
// single word; the others only when the text looks like one.
const (
	Unnamed        Sort = iota // the name says nothing of a place
	Latitude                   // certain: degrees
	Longitude                  // certain: degrees
	Position                   // certain: both, or a geo URI
	MaybeLongitude             // either, of three decimals or more: "long" is also an adjective
	MaybePosition              // "location" is also the name of a town
	MaybePair                  // "position" is also a rank, or that in a film: one number is no place
	Detail                     // altitude and the like: a number goes, words stay
	PlusCode                   // certain: an Open Location Code
	Geohash                    // certain
	Opaque                     // certain, and can't be made coarse: cell, Wi-Fi, three words
)

// names holds the names in folded form: lower-case letters and digits only.
var names = []struct {
	sort  Sort
	names []string
}{
	{Latitude, []string{
		"lat", "latitude", "latdeg", "late6", "late7", "latitudee6", "latitudee7", "latitudedegrees",
		"geolat", "geolatitude", "gpslat", "gpslatitude", "iplatitude", "userlat", "userlatitude",
		"mylat", "curlat", "currentlat", "startlat", "endlat", "fromlat", "tolat", "destlat", "originlat",
		"locationlat", "locationlatitude", "loclat", "maplat", "centerlat",
		"latitud", "latitudine", "breitengrad", "breedtegraad",
	}},
	{Longitude, []string{
		"lng", "lon", "longitude", "lngdeg", "londeg", "lnge6", "lnge7", "lone6", "lone7",
		"longitudee6", "longitudee7", "longitudedegrees",
		"geolng", "geolon", "geolong", "geolongitude", "gpslng", "gpslon", "gpslong", "gpslongitude", "iplongitude",
		"userlng", "userlon", "userlong", "userlongitude", "mylng", "mylon", "curlng", "curlon", "currentlng", "currentlon",
		"startlng", "startlon", "endlng", "endlon", "fromlng", "fromlon", "tolng", "tolon", "destlng", "destlon",
		"originlng", "originlon", "locationlng", "locationlon", "locationlongitude", "loclng", "loclon",
		"maplng", "maplon", "centerlng", "centerlon",
		"longitud", "longitudine", "laengengrad", "langengrad", "lengtegraad",
	}},
	{Position, []string{
		"latlng", "latlon", "latlong", "lnglat", "lonlat", "longlat", "latitudelongitude", "citylatlong",
		"geolocation", "geoloc", "geopoint", "geoposition", "geocoord", "geocoords", "geocoordinates", "geouri",
		"gpslocation", "gpsposition", "gpscoord", "gpscoords", "gpscoordinates", "iso6709",
	}},
	{MaybeLongitude, []string{
		"long",
		"jingdu", "weidu", "keido", "ido", "gyeongdo", "kyungdo", "wido", "kinhdo", "vido", // also words for precision, dimension and others
		"gpsx", "gpsy", "geox", "geoy", "locationx", "locationy", "geometryx", "geometryy",
		"shirota", "dolgota", "enlem", "boylam", "lintang", "bujur",
	}},
	{MaybePosition, []string{
		"geo", "gps", "coord", "coords", "coordinate", "coordinates", "ll", "sll", "location", "loc",
		"center", "centre", "near", "place", "bbox", "bounds", "viewbounds",
		"userlocation", "currentlocation", "mylocation", "userposition",
	}},
	{MaybePair, []string{"position", "pos", "currentposition", "point"}},
	{Detail, []string{
		"altitude", "altitudeaccuracy", "gpsaltitude", "gpsaccuracy", "gpsspeed", "gpsheading", "gpsbearing",
		"geoaccuracy", "geoaltitude", "locationaccuracy", "locaccuracy", "horizontalaccuracy", "verticalaccuracy",
		"coordsaccuracy", "coordsspeed", "coordsheading",
	}},
	{PlusCode, []string{"pluscode", "openlocationcode", "olc"}},
	{Geohash, []string{"geohash"}},
	{Opaque, []string{
		"ssid", "bssid", "wifissid", "wifibssid", "wifiname", "apmac", "wifilist", "wifiscan",
		"cellid", "cellidentity", "celltower", "celltowers", "celltowerid", "gsmcellid", "ltecellid",
		"easting", "northing", "cellcid", "celllac", "celltac", "celleci", "cellnci", "mgrs",
		"enbid", "enodebid", "gnbid", "basestation", "basestationid", "locationareacode",
		"what3words", "w3w", "threewords", "h3index", "h3cell", "s2cell", "s2cellid", "quadkey", "mapcode",
	}},
}

// Names lists the names under which places travel, each with its sort: folded,
// that is in lower-case letters and digits only ("geo_lat", "geoLat" and
// "Geo-Lat" all fold to "geolat").
func Names() iter.Seq2[string, Sort] {
	return func(yield func(string, Sort) bool) {
		for _, row := range names {
			for _, name := range row.names {
				if !yield(name, row.sort) {
					return
				}
			}
		}
	}
}
