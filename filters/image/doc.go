// Package image takes places and identities out of photographs and films as they
// are uploaded, unless the visitor agreed.
//
// [NewReader] recognises the format by its first bytes and edits the stream:
// JPEG, PNG, WebP, GIF, TIFF, HEIF (HEIC, AVIF), JPEG 2000, JPEG XL, MP4 and
// QuickTime. The coded picture, its colour profile and its orientation come out
// as they went in; pixels are never decoded. Other formats pass unchanged,
// except those that are known to carry such data and can't be edited.
//
// What stays is listed, not what goes: of Exif (CIPA DC-008) the tags that
// describe the exposure and the picture; of a container the parts that a decoder
// needs. GPS, serial numbers, names, maker notes, XMP, IPTC, comments, embedded
// previews and whatever follows the end of the picture go. [Options] says what
// consent keeps.
//
// Where a length stands before the data that it counts (RIFF, the boxes of
// ISO/IEC 14496-12, the offsets of TIFF), what goes is overwritten in its place
// and the length of the file stays. Elsewhere it is left out.
//
// # Memory
//
// A stream keeps a window of 65 KiB. More is held only where a decision needs
// bytes that come later: the item tables of HEIF, blocks of Exif, and a TIFF
// file as a whole, and of a film the description of a track that measures or
// writes and where its samples lie. Past [Options.MaxHeld] a block of Exif is
// blanked, and what else can't be judged ends in [ErrTooLarge].
//
// # Films
//
// A track of measurements over time (GoPro, camm and the like) becomes free space,
// and its samples are overwritten with zeros where they lie between those of the
// picture. A track of text stays; its samples that tell a place become blanks. Both
// ask for an index, of the film or of each fragment, that stands before the
// samples.
//
// Many cameras write the index last. Then samples pass before it tells of them, and
// only those that have a form of their own can be overwritten: the containers of
// GoPro's metadata format and the block with its serial numbers, the sets of Sony's
// rtmd, what drones of DJI write into subtitles, and the blocks "freeGPS" of dashboard
// cameras. Those, and what camcorders write into coded pictures (H.264), are looked
// for in all media.
//
// Samples that tell no place pass: what iPhones note of each picture, camm without
// places, names of chapters. So does what is in a form that nobody has published and
// in which no place is known: what Google's camera notes of each picture, and the rest
// of what GoPro's writes for the repair of a film. If the index at last tells of other
// samples of measurements or text (camm with places, djmd, mebx with more than
// harmless keys, subtitles), the film ends in [ErrUnsupported].
//
// # What can't be read
//
// A file whose structure is broken where metadata could hide ends in
// [ErrMalformed]. A file that only ends too early, within data that passes, ends
// as it came.
//
// What the picture itself shows isn't judged, nor is sound, nor what else subtitles
// say, nor the words in a colour profile or a JPEG 2000 codestream. A film, a gain map
// or a second picture behind the end of a JPEG goes with what follows it. XMP in GIF,
// and IPTC in TIFF, goes as a whole whatever was granted of it.
package image
