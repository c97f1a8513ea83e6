package image

// subDirectories are the tags whose values are offsets of directories.
var subDirectories = map[uint16]directory{
	330:    mainDirectory, // SubIFDs, TIFF technical note 1
	0x8769: exifDirectory,
	0x8825: gpsDirectory,
	0xa005: interopDirectory,
}

// kind tells what an entry is. What isn't listed is [Other].
func (t *tiff) kind(tag uint16, d directory) Kind {
	switch d {
	case gpsDirectory:
		return Place
	case interopDirectory:
		// Index, version, width and length; not the name of a file's format.
		if tag == 1 || tag == 2 || tag == 0x1001 || tag == 0x1002 {
			return harmless
		}
		return Other
	case exifDirectory:
		return exifKind(tag)
	}
	if k := mainKind(tag); k != Other || !t.file {
		return k
	}
	return fileKind(tag)
}

// mainKind knows the tags that describe a picture and its origin (TIFF 6.0;
// CIPA DC-008 section 4.6.4).
func mainKind(tag uint16) Kind {
	switch tag {
	case 256, 257, 258, 259, 262, // dimensions, bits, compression, photometric
		274, 277, 282, 283, 284, 296, // orientation, samples, resolution, planes
		301, 306, 318, 319, // transfer function, date, white point, primaries
		529, 530, 531, 532, // YCbCr
		0x4746, 0x4749: // rating
		return harmless
	case 0x010f, 0x0110, 0x0131, // make, model, software
		0xc614, 0xc615: // camera model of DNG
		return Model
	case 0x013b, 0x013c, 0x8298, 0x9c9d, 0xc6fe: // artist, host computer, copyright, author, copyright of a profile
		return Owner
	case 0xc62f, 0xc65d: // serial number of the camera, identifier of the raw data
		return Serial
	case 0xc634: // private data of DNG
		return MakerNote
	case 0x010d, 0x010e, 0x011d, 0x0151, 0x9c9b, 0x9c9c, 0x9c9e, 0x9c9f, // names, descriptions, printer, comments
		0xc68b, 0xc6d2, 0xc6d3, 0xc789, 0xc7a1: // name of the raw file, titles, names of reel and camera
		return Text
	case 0x02bc:
		return XMP
	case 0x83bb, 0x8649, 0x935c: // IPTC, Photoshop resources and layers
		return IPTC
	case 0x830e, 0x8480, 0x8482, 0x85d8, 0x87af, 0x87b0, 0x87b1: // GeoTIFF
		return Place
	}
	return Other
}

// exifKind knows the tags of the Exif directory (CIPA DC-008 section 4.6.6).
func exifKind(tag uint16) Kind {
	switch {
	case tag == 0x829a, tag == 0x829d, // exposure time, f-number
		tag == 0x8822, tag == 0x8827, tag >= 0x8830 && tag <= 0x8835, // program, sensitivity
		tag == 0x9000, tag == 0x9003, tag == 0x9004, tag >= 0x9010 && tag <= 0x9012, // version, dates
		tag == 0x9101, tag == 0x9102, tag >= 0x9201 && tag <= 0x920a, tag == 0x9214, // exposure, subject area
		tag >= 0x9290 && tag <= 0x9292, // fractions of seconds
		tag >= 0xa000 && tag <= 0xa003, // colour space, dimensions
		tag == 0xa20b, tag == 0xa20e, tag == 0xa20f, tag == 0xa210, tag == 0xa214, tag == 0xa215, tag == 0xa217,
		tag >= 0xa300 && tag <= 0xa302,                // source, scene, filter pattern
		tag >= 0xa401 && tag <= 0xa40a, tag == 0xa40c, // rendering
		tag == 0xa432, tag >= 0xa460 && tag <= 0xa462, tag == 0xa500: // lens, composite, gamma
		return harmless
	case tag == 0xa420, tag == 0xa431, tag == 0xa435: // unique id, serial numbers of body and lens
		return Serial
	case tag == 0xa430, tag == 0xa437, tag == 0xa438: // owner, photographer, editor
		return Owner
	case tag == 0x927c:
		return MakerNote
	case tag == 0xa433, tag == 0xa434, tag >= 0xa439 && tag <= 0xa43c: // lens, firmware, software
		return Model
	case tag == 0x9286, tag == 0xa004, tag == 0xa436: // comment, sound file, title
		return Text
	case tag >= 0x9400 && tag <= 0x9405: // temperature, pressure, depth: where it was
		return Place
	}
	return Other
}

// fileKind knows the further tags without which the picture of a TIFF file can't
// be decoded or isn't shown as it should be.
func fileKind(tag uint16) Kind {
	switch {
	case tag == 254, tag == 255, tag >= 263 && tag <= 266, // subfile, halftone, fill order
		tag == tagStripOffsets, tag >= 278 && tag <= 281, tag >= 286 && tag <= 287,
		tag >= 290 && tag <= 293, tag == 297, tag == 317, tag >= 320 && tag <= 328, // fax, page, predictor, colours, tiles
		tag == 332, tag == 334, tag >= 336 && tag <= 343, tag == 346, tag == 347, // inks, samples, JPEG tables
		tag == 512, tag >= tagJPEGOffset && tag <= 518, tag == 559,
		tag >= 32995 && tag <= 32998, tag == 33421, tag == 33422, // SGI, filter pattern
		tag == 34675, tag == 37439, tag == 42113, tag == 50674: // colour profile, float, no-data, LERC
		return harmless
	case tag >= 0xc612 && tag <= 0xc7ff && tag != 0xc68c && tag != 0xc716 && tag != 0xc717, tag >= 0xcd00 && tag <= 0xcd4f: // DNG
		return harmless
	}
	return Other
}
