package image

import "strings"

// xmpKind tells what a property is.
func xmpKind(namespace, local string) Kind {
	switch namespace {
	case "http://ns.adobe.com/exif/1.0/":
		switch {
		case strings.HasPrefix(local, "GPS"):
			return Place
		case local == "ImageUniqueID":
			return Serial
		case local == "UserComment":
			return Text
		}
	case "http://ns.adobe.com/photoshop/1.0/":
		switch local {
		case "City", "State", "Country":
			return Place
		case "AuthorsPosition", "Credit", "CaptionWriter":
			return Owner
		}
	case "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/":
		switch local {
		case "Location", "CountryCode":
			return Place
		case "CreatorContactInfo":
			return Owner
		}
	case "http://iptc.org/std/Iptc4xmpExt/2008-02-29/":
		switch local {
		case "LocationShown", "LocationCreated":
			return Place
		}
	case "http://ns.adobe.com/exif/1.0/aux/":
		switch local {
		case "SerialNumber", "LensSerialNumber", "ImageNumber":
			return Serial
		case "OwnerName":
			return Owner
		case "Lens", "LensID", "LensInfo", "Firmware":
			return Model
		}
	case "http://cipa.jp/exif/1.0/":
		switch local {
		case "BodySerialNumber", "LensSerialNumber":
			return Serial
		case "CameraOwnerName", "Photographer", "ImageEditor":
			return Owner
		case "LensMake", "LensModel", "LensSpecification", "CameraFirmware":
			return Model
		}
	case "http://ns.adobe.com/tiff/1.0/":
		switch local {
		case "Make", "Model", "Software":
			return Model
		case "Artist", "Copyright":
			return Owner
		case "Orientation", "XResolution", "YResolution", "ResolutionUnit":
			return harmless
		}
	case "http://purl.org/dc/elements/1.1/":
		switch local {
		case "creator", "rights":
			return Owner
		case "title", "description", "subject":
			return Text
		}
	case "http://ns.adobe.com/xap/1.0/":
		switch local {
		case "CreatorTool":
			return Model
		case "CreateDate", "ModifyDate", "MetadataDate":
			return harmless
		}
	case "http://ns.adobe.com/xap/1.0/mm/":
		switch local {
		case "DocumentID", "InstanceID", "OriginalDocumentID":
			return Serial
		}
	}
	return Other
}
