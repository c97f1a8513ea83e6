package release

import (
	"math"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/visit"
)

// hoursOf publishes some hours of a day, and what each counted.
func hoursOf(t *testing.T, privacy Privacy, hours int) []*Publication {
	t.Helper()
	plan, err := visit.New(visit.Config{Epoch: time.Hour, Routes: []visit.Route{{Name: "home", Paths: []string{"/"}}}})
	if err != nil {
		t.Fatal(err)
	}
	var pubs []*Publication
	for h := range hours {
		counts := make([]int64, plan.Len())
		cell, _ := plan.Cell("loads{route=home}")
		counts[cell] = int64(100 * (h + 1))
		pub, err := Publish(plan, plan.Calendar().Epoch(time.Date(2026, 3, 1, h, 0, 0, 0, time.UTC)), counts, privacy, seeded(byte(h)))
		if err != nil {
			t.Fatal(err)
		}
		pubs = append(pubs, pub)
	}
	return pubs
}

func TestJoin(t *testing.T) {
	pubs := hoursOf(t, Privacy{}, 5)
	day := pubs[0].Epoch.Day()
	apart := NewSeries(pubs)
	joined := pubs[0].Clone()
	for _, p := range pubs[1:] {
		if !joined.Join(p) {
			t.Fatal("not joined")
		}
	}
	together := NewSeries([]*Publication{joined})
	for name, read := range map[string]func(*Series) Figure{
		"loads":    func(s *Series) Figure { return s.PageLoads(day, day, "") },
		"a route":  func(s *Series) Figure { return s.PageLoads(day, day, "home") },
		"visitors": func(s *Series) Figure { return s.Visitors(day, day) },
		"new":      func(s *Series) Figure { return s.New(day, day) },
		"coverage": func(s *Series) Figure { return s.Coverage(day, day) },
		"stay":     func(s *Series) Figure { return s.StayMedian(day, day, "") },
	} {
		a, b := read(apart), read(together)
		for _, pair := range [][2]float64{{a.Value, b.Value}, {a.Error, b.Error}, {a.Low, b.Low}, {a.High, b.High}} {
			if math.Abs(pair[0]-pair[1]) > 1e-9*max(1, math.Abs(pair[0])) || a.OK != b.OK {
				t.Errorf("%s: %+v apart, %+v together", name, a, b)
				break
			}
		}
	}
	if joined.Epoch.End != pubs[4].Epoch.End || math.Abs(joined.Spent-5*pubs[0].Spent) > 1e-9 {
		t.Errorf("%v, %v spent", joined.Epoch, joined.Spent)
	}
	if _, err := joined.MarshalBinary(); err == nil {
		t.Error("it can be stored")
	}
	if again := hoursOf(t, Privacy{}, 1)[0]; again.Find("loads").Total != pubs[0].Find("loads").Total {
		t.Error("the first was changed, not its clone")
	}
}

func TestJoinRefuses(t *testing.T) {
	hidden, err := Threshold(20)
	if err != nil {
		t.Fatal(err)
	}
	stronger, err := Noise(1)
	if err != nil {
		t.Fatal(err)
	}
	pubs, other := hoursOf(t, Privacy{}, 2), hoursOf(t, stronger, 2)
	small := hoursOf(t, hidden, 2)
	tomorrow := pubs[1].Clone()
	tomorrow.Epoch = visit.Epoch{Start: tomorrow.Epoch.Start.AddDate(0, 0, 1), End: tomorrow.Epoch.End.AddDate(0, 0, 1)}
	fewer := pubs[1].Clone()
	fewer.Tables = fewer.Tables[1:]
	renamed := pubs[1].Clone()
	family := *renamed.Tables[0].Family
	family.Dims = []*visit.Dim{{Name: "route", Values: []string{"start", "other"}}}
	renamed.Tables[0].Family = &family
	for name, pair := range map[string][2]*Publication{
		"small cells": {small[0], small[1]}, "another budget": {pubs[0], other[1]}, "another day": {pubs[0], tomorrow},
		"the same again": {pubs[0], pubs[0].Clone()}, "an earlier one": {pubs[1], pubs[0]}, "fewer tables": {pubs[0], fewer}, "other values": {pubs[0], renamed},
	} {
		if before := pair[0].Find("loads").Total; pair[0].Join(pair[1]) || pair[0].Find("loads").Total != before {
			t.Errorf("%s: joined", name)
		}
	}
}
