package release

import (
	"math"
	"math/rand/v2"
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

// busyHours publishes hours of a day in which every route and device is hidden at one
// time and shown at another, and some hours are too small for a total.
func busyHours(t *testing.T, privacy Privacy, hours int) []*Publication {
	t.Helper()
	plan, err := visit.New(visit.Config{Epoch: time.Hour, Routes: []visit.Route{{Name: "home", Paths: []string{"/"}}, {Name: "product", Paths: []string{"/p/*"}}}})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	var pubs []*Publication
	for h := range hours {
		counts := make([]int64, plan.Len())
		for i := range counts {
			if h%5 != 0 && random.IntN(3) > 0 {
				counts[i] = random.Int64N(int64(1 + h%3*30))
			}
		}
		pub, err := Publish(plan, plan.Calendar().Epoch(time.Date(2026, 3, 1, h, 0, 0, 0, time.UTC)), counts, privacy, seeded(byte(h)))
		if err != nil {
			t.Fatal(err)
		}
		pubs = append(pubs, pub)
	}
	return pubs
}

func TestJoin(t *testing.T) {
	hide, err := Threshold(20)
	if err != nil {
		t.Fatal(err)
	}
	for name, pubs := range map[string][]*Publication{
		"noise": hoursOf(t, Privacy{}, 5), "threshold": busyHours(t, hide, 24), "threshold, large": hoursOf(t, hide, 5),
	} {
		t.Run(name, func(t *testing.T) { checkJoin(t, pubs) })
	}
}

func checkJoin(t *testing.T, pubs []*Publication) {
	day := pubs[0].Epoch.Day()
	apart := NewSeries(pubs)
	joined, total := pubs[0].Clone(), pubs[0].Find("loads").Total
	for _, p := range pubs[1:] {
		if !joined.Join(p) {
			t.Fatal("not joined")
		}
	}
	together := NewSeries([]*Publication{joined})
	read := map[string]func(*Series) Figure{
		"loads":     func(s *Series) Figure { return s.PageLoads(day, day, "") },
		"a route":   func(s *Series) Figure { return s.PageLoads(day, day, "home") },
		"visitors":  func(s *Series) Figure { return s.Visitors(day, day) },
		"new":       func(s *Series) Figure { return s.New(day, day) },
		"returning": func(s *Series) Figure { return s.Returning(day, day) },
		"window":    func(s *Series) Figure { return s.Visitors(day-6, day) },
		"cohort":    func(s *Series) Figure { return s.Cohort(day-6, day, day, day) },
		"coverage":  func(s *Series) Figure { return s.Coverage(day, day) },
		"stay":      func(s *Series) Figure { return s.StayMedian(day, day, "") },
		"a stay":    func(s *Series) Figure { return s.Sum(day, day, "stay", Label{"stay", "10-30s"}) },
	}
	for _, table := range joined.Tables {
		if f := table.Family; len(f.Dims) == 1 && f.Name != "visitors" {
			for _, value := range f.Dims[0].Values {
				read[f.ID()+value] = func(s *Series) Figure { return s.Sum(day, day, f.Name, Label{f.Dims[0].Name, value}) }
			}
		}
	}
	for name, read := range read {
		a, b := read(apart), read(together)
		for _, pair := range [][2]float64{{a.Value, b.Value}, {a.Error, b.Error}, {a.Low, b.Low}, {a.High, b.High}} {
			if math.Abs(pair[0]-pair[1]) > 1e-9*max(1, math.Abs(pair[0])) || a.OK != b.OK {
				t.Errorf("%s: %+v apart, %+v together", name, a, b)
				break
			}
		}
	}
	last := pubs[len(pubs)-1]
	if joined.Epoch.End != last.Epoch.End || math.Abs(joined.Spent-float64(len(pubs))*pubs[0].Spent) > 1e-9 {
		t.Errorf("%v, %v spent", joined.Epoch, joined.Spent)
	}
	if _, err := joined.MarshalBinary(); err == nil {
		t.Error("it can be stored")
	}
	if pubs[0].Find("loads").Total != total {
		t.Error("the first was changed, not its clone")
	}
}

func TestJoinRefuses(t *testing.T) {
	hide, err := Threshold(20)
	if err != nil {
		t.Fatal(err)
	}
	stronger, err := Noise(1)
	if err != nil {
		t.Fatal(err)
	}
	pubs, other := hoursOf(t, Privacy{}, 2), hoursOf(t, stronger, 2)
	hidden := hoursOf(t, hide, 2)
	tomorrow := pubs[1].Clone()
	tomorrow.Epoch = visit.Epoch{Start: tomorrow.Epoch.Start.AddDate(0, 0, 1), End: tomorrow.Epoch.End.AddDate(0, 0, 1)}
	fewer := pubs[1].Clone()
	fewer.Tables = fewer.Tables[1:]
	renamed := pubs[1].Clone()
	family := *renamed.Tables[0].Family
	family.Dims = []*visit.Dim{{Name: "route", Values: []string{"start", "other"}}}
	renamed.Tables[0].Family = &family
	for name, pair := range map[string][2]*Publication{
		"hidden cells": {pubs[0], hidden[1]}, "another budget": {pubs[0], other[1]}, "another day": {pubs[0], tomorrow},
		"the same again": {pubs[0], pubs[0].Clone()}, "an earlier one": {pubs[1], pubs[0]}, "fewer tables": {pubs[0], fewer}, "other values": {pubs[0], renamed},
	} {
		if before := pair[0].Find("loads").Total; pair[0].Join(pair[1]) || pair[0].Find("loads").Total != before {
			t.Errorf("%s: joined", name)
		}
	}
}
