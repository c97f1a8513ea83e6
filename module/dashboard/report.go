package dashboard

import "time"

// Report is what a dashboard shows of one site and range of days. Its JSON form is
// described by [OpenAPI].
type Report struct {
	Site string `json:"site"`
	// Zone is the name of the time zone that days belong to.
	Zone string `json:"zone"`
	Range
	// Before is the period that the headlines are compared with.
	Before Range `json:"before"`
	// Published is how many days of the range are published, in part at least.
	Published int `json:"published"`
	// Partial tells that the last day of the range is still going on.
	Partial bool    `json:"partial"`
	Privacy Privacy `json:"privacy"`
	// Latest is the newest published epoch, Next when the next one is published.
	Latest *Epoch     `json:"latest"`
	Next   *time.Time `json:"next"`

	Headlines []Headline `json:"headlines"`
	// Step is the length of the periods of Trend: "day" or "week".
	Step  string  `json:"step"`
	Trend []Point `json:"trend"`
	// Daily is the trend by day. Only programs read it, so [JSON] fills it in.
	Daily []Point `json:"daily"`
	// Recent are the newest epochs where they are shorter than a day.
	Recent []Recent `json:"recent"`

	Routes     List[Route]    `json:"routes"`
	Stay       []Value        `json:"stay"`
	Retention  Retention      `json:"retention"`
	Goals      []Goal         `json:"goals"`
	Campaigns  List[Campaign] `json:"campaigns"`
	Consent    []Purpose      `json:"consent"`
	Dimensions []Dimension    `json:"dimensions"`
	// Tables are what is counted beside: crosses, and whatever families there are.
	Tables  []Table `json:"tables"`
	Quality Quality `json:"quality"`

	site    *Site
	earlier []Point // the trend of the period before
	first   Date    // the first day that is published
	last    Date    // the day that a range ends with by default
	today   Date
	shared  bool
}

// raw reports whether nothing protects the figures, see [release.Raw].
func (r *Report) raw() bool { return r.Privacy.Setting == "raw" }

// Privacy is how the latest epoch is protected.
type Privacy struct {
	Setting   string  `json:"setting"`   // "noise 2" or "threshold 20"
	Epsilon   float64 `json:"epsilon"`   // the budget of a day, 0 without noise
	Spent     float64 `json:"spent"`     // what of it was used
	Threshold int64   `json:"threshold"` // the smallest count shown, 0 without a threshold
}

// Epoch is a span of time that was published at once.
type Epoch struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// Unit is what a figure is measured in.
type Unit string

// The units.
const (
	Count   Unit = "count"
	Share   Unit = "share" // 1 is all
	Seconds Unit = "seconds"

	// For people alone: a share that can be more than all, and hundredths of the
	// site's currency, which are shown as whole ones.
	ratio Unit = "ratio"
	money Unit = "money"
)

// Headline is a figure of the whole range.
type Headline struct {
	Name   string `json:"name"`
	Unit   Unit   `json:"unit"`
	Now    Figure `json:"now"`
	Before Figure `json:"before"`
	Change Change `json:"change"`
}

// Point is a period of a trend. Where no day of it is published its figures are
// null.
type Point struct {
	Range
	Published int    `json:"published"` // days
	Visitors  Figure `json:"visitors"`
	New       Figure `json:"new_visitors"`
	Returning Figure `json:"returning_visitors"`
	Visits    Figure `json:"visits"`
	Engaged   Figure `json:"engaged_visits"`
	PageLoads Figure `json:"page_loads"`
	Arrivals  Figure `json:"arrivals"`
	// StayMedian is in seconds.
	StayMedian Figure `json:"stay_median"`
}

// Recent is an epoch that is shorter than a day.
type Recent struct {
	Epoch
	Visits    Figure `json:"visits"`
	PageLoads Figure `json:"page_loads"`
}

// List is the largest of some items, and how many more there are.
type List[T any] struct {
	Items []T `json:"items"`
	More  int `json:"more"`
}

// Value is the count of one value of a dimension.
type Value struct {
	Name  string `json:"name"`
	Count Figure `json:"count"`
}

// Route is a part of the site.
type Route struct {
	Name string `json:"name"`
	// PageLoads counts those without consent too. Visits are those that began there.
	PageLoads  Figure `json:"page_loads"`
	Visits     Figure `json:"visits"`
	StayMedian Figure `json:"stay_median"` // in seconds
}

// Retention is how many devices come back.
type Retention struct {
	// Curve tells of the devices first there in the days that ended n days before
	// the end of the range, as many days as the range has and at most 60.
	Curve  []Return `json:"curve"`
	Weeks  []Cohort `json:"weeks"`
	Months []Cohort `json:"months"`
}

// Return is the share of devices that were there on the n-th day after their first.
type Return struct {
	Day   int    `json:"day"`
	Share Figure `json:"share"`
}

// Cohort is the devices first there in a week or a month.
type Cohort struct {
	Range
	Devices Figure `json:"devices"`
	// Shares are the shares that were there in the first, second and later weeks
	// or months after. Those that are not over yet are missing.
	Shares []Figure `json:"shares"`
}

// Goal is how often a goal was reached.
type Goal struct {
	Name    string `json:"name"`
	Reached Figure `json:"reached"`
	// Value is the sum of values in hundredths of the site's currency, null where
	// values are not counted.
	Value Figure `json:"value"`
}

// Campaign is what a campaign did.
type Campaign struct {
	Name        string       `json:"name"`
	Reach       Figure       `json:"reach"` // devices
	Conversions []Conversion `json:"conversions"`
}

// Conversion counts a goal within 30 days of contact with a campaign.
type Conversion struct {
	Goal  string `json:"goal"`
	Count Figure `json:"count"`
	// Rate is the count for each device that the campaign reached in the range.
	Rate Figure `json:"rate"`
	// Day, Week and Month tell the goals of the day of contact, of the rest of the
	// week and of the rest of the 30 days.
	Day   Figure `json:"day"`
	Week  Figure `json:"week"`
	Month Figure `json:"month"`
	Value Figure `json:"value"` // as that of a goal
}

// Purpose is what visitors answered about one purpose. Asked counts those who were
// shown the question, the shares are of them.
type Purpose struct {
	Name     string `json:"name"`
	Regime   string `json:"regime,omitempty"` // empty for all together
	Asked    Figure `json:"asked"`
	Accepted Figure `json:"accepted"`
	Rejected Figure `json:"rejected"`
	// Regimes are the same by regime, where there is more than one.
	Regimes []Purpose `json:"regimes,omitempty"`
}

// Dimension is the visits by one property.
type Dimension struct {
	Name string `json:"name"`
	List[Value]
}

// Table is a family of counts by the values of some labels together.
type Table struct {
	Name   string   `json:"name"`
	Labels []string `json:"labels"`
	List[Row]
}

// Row is a count with a value of each label of its table.
type Row struct {
	Values []string `json:"values"`
	Count  Figure   `json:"count"`
}

// Quality tells how far the figures can be trusted.
type Quality struct {
	// Coverage is the number of page loads told by beacons for each page served.
	Coverage Figure `json:"coverage"`
	// Suspect is the share of beacons that were not believed, Reasons why.
	Suspect Figure  `json:"suspect"`
	Reasons []Value `json:"reasons"`
	// Bots are counted apart and in no other figure.
	Bots []Value `json:"bots"`
	// Late are records that came after their epoch had closed.
	Late Figure `json:"late"`
	// Arrivals are visits without consent, by referrer alone.
	Arrivals Figure `json:"arrivals"`
}
