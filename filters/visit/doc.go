// Package visit counts visits without knowing visitors.
//
// A [Plan] is compiled from what a site declares: routes, goals, campaigns, a
// time zone. [Plan.Decide] turns one [Event] (a beacon, a navigation, a goal) into
// an [Outcome]: increments to a fixed set of cells, and the contents of the two
// cookies that a device with consent to analytics carries. The visit cookie is a
// constant. The [Dates] cookie holds coarse dates and campaign names. Neither
// tells one device from another. Without consent nothing of the device is read or
// stored: page loads are counted, and visits by their referrer.
//
// A [Counter] sums outcomes in memory. Its batches are lists of key and number, so
// they add up in a store and across a fleet. The number of cells depends on the
// plan alone, never on what clients send: every label has a fixed set of values,
// and all else is counted as "other".
//
// # Figures
//
// A visit begins with a page load when the visit cookie is gone, that is 30
// minutes after the last sign of the device. A device is recorded once a day, in
// one histogram of first day by days since the last day ([Seen]), from which the
// visitors of any window, new and returning visitors and retention follow exactly.
// A stay is the time for which a page was visible and focused, as a beacon claims
// it and a [Token] bounds it. A visit is engaged after a second page, a stay of
// over ten seconds, or a goal, on the day it began. A conversion is a goal within
// 30 days of the first contact with a campaign. A visitor who has not decided is
// asked where a visit begins by the referrer, and answers once.
//
// # What can't be seen
//
// A device adds at most four visits, four stays, three campaigns and three goals a
// day; what goes beyond is not counted, so that noise can be scaled to it. A goal
// that is reached by a path is counted again when its page is loaded again.
//
// A device that clears its cookies is new again. A page that is restored from
// memory loads nothing and counts nothing; one that is restored with a token older
// than a day counts as suspect. A device whose last day lies one day ahead (a node
// with a fast clock, a site that moved west) is counted as if that day were today;
// dates further ahead are refused, and the device begins anew.
//
// The package is pure: it does no I/O, knows no web server and no clock.
package visit
