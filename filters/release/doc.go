// Package release turns the raw counts of a closed epoch into figures that can be
// published, and reads figures out of what was published.
//
// [Publish] is called once for an epoch, after [visit.Plan.Closed], with the sum of
// what all nodes stored. Its result is to be stored before anyone sees it, and never
// drawn again: two draws of the same counts would tell more than one.
//
// # Noise
//
// [Noise] adds to every declared cell, the zeros included, an integer from the
// discrete Laplace distribution, drawn exactly from a cryptographic source. The
// budget, epsilon, is for a day and is split over the families of the plan by
// their weights. The noise of a family is scaled to the most that one unit can add
// to it in a day, which for families per device the dates cookie enforces. So the
// publications of a day, of whatever epochs, are epsilon-differentially private for
// what one cookie did on that day. Families per event (page loads, answers, bots),
// for which nothing is stored on the device, protect the single event instead. A
// visitor of many days spends a budget on each.
//
// Totals are sums of published cells, so that they tell nothing more. Cells may be
// negative. They are kept so, since dropping the sign would bias every sum, and are
// to be shown as 0.
//
// # Threshold
//
// [Threshold] hides cells below k, and merges them into one rest. Where the rest
// would be below k, more cells join it, for the whole table and for each slice of
// it, so that no difference of published numbers is a small group. Cells, rest and
// total are rounded apart. A threshold is easier to explain and weaker than noise:
// it has no proof against one who knows all other visitors.
//
// # Default
//
// The zero [Privacy] is noise with epsilon 2: private by default.
package release
