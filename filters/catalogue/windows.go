package catalogue

import (
	"math/bits"
	"strings"
)

// windowSize is how many bytes in a row are looked for, no more than a phrase has.
const windowSize = minPhrase

// window is a few bytes in a row that are looked for: what may stand in each place.
type window [windowSize]letterSet

// letterSet is a set of bytes, as bits by their low six bits. Others may share these, and be in
// it.
type letterSet uint64

func setOf(letters ...byte) (s letterSet) {
	for _, c := range letters {
		s |= 1 << (c & 63)
	}
	return s
}

func (w window) or(v window) window {
	for i := range w {
		w[i] |= v[i]
	}
	return w
}

// windowsOf returns the windows of a text whose quotes are folded, by where they begin.
func windowsOf(text string) (all []window) {
	for i := range len(text) - windowSize + 1 {
		var w window
		for k := range w {
			w[k] = setOf(unfolded(text[i+k])...)
		}
		all = append(all, w)
	}
	return all
}

// windowOfLabel returns the window of a host's last label, from after its dot.
func windowOfLabel(label string) (w window) {
	for i := range w {
		switch {
		case i < len(label):
			w[i] = setOf(label[i], strings.ToUpper(label)[i])
		case i == len(label):
			w[i] = afterLabel
		default:
			w[i] = ^letterSet(0)
		}
	}
	return w
}

// afterLabel is what may stand after a host, and the zeros after a text.
var afterLabel = func() letterSet {
	s := setOf(0)
	for c := range 256 {
		if endsHost([]byte{byte(c)}) {
			s |= setOf(byte(c))
		}
	}
	return s
}()

// blockSets are the windows that markBlocks looks for, in eight groups. What has at each place a
// letter of one and the same group is marked: windows, and by chance a little else.
type blockSets struct {
	phrase [windowSize]letterGroups
	label  [4]letterGroups // after a dot
}

// letterGroups tells of letters, by their low six bits, in which groups they are.
type letterGroups [64]uint8

// group puts windows into groups so that as little else as possible is marked. For each item one
// of its windows is enough; it returns which it chose.
func group(places []letterGroups, items [][]window) (chosen []int) {
	const (
		groups = 8
		rounds = 2 // in the second one it is known what the others are
	)
	chosen = make([]int, len(items))
	to := make([]int, len(items))
	var in [1 + groups]window // the first for those that are in none yet
	for k := range rounds * len(items) {
		k %= len(items)
		clear(in[:])
		for j, g := range to {
			if j != k {
				in[g] = in[g].or(items[j][chosen[j]])
			}
		}
		least := -1.0
		for i, w := range items[k] {
			for g := 1; g <= groups; g++ {
				cost := chance(in[g].or(w), len(places)) - chance(in[g], len(places))
				if everydayWindows[w] {
					cost++
				}
				if least < 0 || cost < least {
					chosen[k], to[k], least = i, g, cost
				}
			}
		}
	}
	for j, g := range to {
		for i, s := range items[j][chosen[j]][:len(places)] {
			for ; s != 0; s &= s - 1 {
				places[i][bits.TrailingZeros64(uint64(s))] |= 1 << (g - 1)
			}
		}
	}
	return chosen
}

// chance estimates how likely it is that the first places of a window fit somewhere in a script.
func chance(w window, places int) float64 {
	product := 1.0
	for _, s := range w[:places] {
		sum := 0
		for ; s != 0; s &= s - 1 {
			sum += everydayLetters[bits.TrailingZeros64(uint64(s))]
		}
		product *= float64(sum) / float64(len(everyday))
	}
	return product
}

// everyday is what many scripts hold: letters about as often, and common words.
const everyday = `(function(window,document,undefined){'use strict';var config=window.settings||{},version='1.0',_self=this;
if(typeof config==='object'&&config.track!==null){this.createElement('script').async=true;for(var i=0;i<arguments.length;i++)
data.push(arguments[i]);return new Date().getTime()}})(window,document);$(document).ready(function($){$('.menu a[href]').click(
function(event){event.preventDefault();window.location.href=this.getAttribute('data-url');trackEvent('Track',_user_id)})});
window.onload=function(){element.style.display='block';load('http://www.shop.test/js/app.js?v=2')};item.parentNode.insertBefore(node,item);
try{console.log(JSON.stringify({"name":"Login","id":12345,"Config":[true,false,null],"page_title":"Home","target":"_blank"}))}catch(e){}`

var everydayLetters = func() (often [64]int) {
	for _, c := range []byte(everyday) {
		often[c&63]++
	}
	return often
}()

var everydayWindows = func() map[window]bool {
	set := make(map[window]bool)
	for _, w := range windowsOf(everyday) {
		set[w] = true
	}
	return set
}()
