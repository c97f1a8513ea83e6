package release

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// DefaultEpsilon is the daily budget of the zero [Privacy].
const DefaultEpsilon = 2.0

// micro is the resolution of epsilons. They are counted as integers so that noise
// is drawn from exactly the distribution that is published.
const micro = 1_000_000

// Privacy is how counts are protected. The zero value is noise with
// [DefaultEpsilon].
type Privacy struct {
	epsilon   int64 // a day's, in millionths
	threshold int64
	raw       bool
}

// Noise protects by noise with a daily budget of 0.001 to 1000, in millionths.
func Noise(epsilon float64) (Privacy, error) {
	if !(epsilon >= 0.001 && epsilon <= 1000) {
		return Privacy{}, fmt.Errorf("noise %v: epsilon must be 0.001 to 1000", epsilon)
	}
	return Privacy{epsilon: int64(math.Round(epsilon * micro))}, nil
}

// Threshold protects by hiding counts below k, from 2 to a million.
func Threshold(k int64) (Privacy, error) {
	if k < 2 || k > 1_000_000 {
		return Privacy{}, fmt.Errorf("threshold %d: it must be 2 to 1000000", k)
	}
	return Privacy{threshold: k}, nil
}

// Epsilon returns the daily budget, 0 without noise.
func (p Privacy) Epsilon() float64 { return float64(p.budget()) / micro }

// Threshold returns the smallest count that is shown, 0 without a threshold.
func (p Privacy) Threshold() int64 { return p.threshold }

func (p Privacy) budget() int64 {
	if p.epsilon == 0 && p.threshold == 0 && !p.raw {
		return DefaultEpsilon * micro
	}
	return p.epsilon
}

// step is what counts are rounded to under a threshold.
func (p Privacy) step() int64 { return max(p.threshold/4, 1) }

// String writes the setting as it is configured: "noise 2" or "threshold 20".
// Counts that are not protected at all say "raw".
func (p Privacy) String() string {
	switch {
	case p.raw:
		return "raw"
	case p.threshold > 0:
		return "threshold " + strconv.FormatInt(p.threshold, 10)
	}
	return "noise " + strconv.FormatFloat(p.Epsilon(), 'f', -1, 64)
}

// MarshalText writes the setting as [Privacy.String] does.
func (p Privacy) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads "noise EPSILON" or "threshold K". "raw" can't be configured.
func (p *Privacy) UnmarshalText(text []byte) error {
	word, number, _ := strings.Cut(string(text), " ")
	var err error
	switch word {
	case "noise":
		var epsilon float64
		if epsilon, err = strconv.ParseFloat(number, 64); err == nil {
			*p, err = Noise(epsilon)
		}
	case "threshold":
		var k int64
		if k, err = strconv.ParseInt(number, 10, 64); err == nil {
			*p, err = Threshold(k)
		}
	default:
		err = errors.New("expected noise or threshold")
	}
	if err != nil {
		return fmt.Errorf("privacy %q: %w", text, err)
	}
	return nil
}
