package caddyfile

import "github.com/fairwaygate/fairway/module"

// parsePartners parses a third party:
//
//	partner <name> {
//	    hosts    <hosts...>
//	    beacons  <paths...>
//	    purpose  <purpose>
//	    country  <country>
//	    receives <fields...>
//	    erase    <URL>
//	}
//
// hosts, beacons and receives can be given several times. A host and a beacon
// belong to one partner.
func parsePartners(to *[]module.Partner, purposes value[string]) func(line) error {
	seen, hosts, beacons := make(places), make(places), make(places)
	return func(l line) (err error) {
		var p module.Partner
		if p.Name, err = slug.first(&l); err != nil {
			return err
		}
		if err := seen.add(l, l.args()[0], p.Name); err != nil {
			return err
		}
		err = l.options(2,
			many("hosts", listIn(&p.Hosts, hostPattern, hosts)),
			many("beacons", listIn(&p.Beacons, pathPattern, beacons)),
			once("purpose", one(&p.Purpose, purposes)),
			once("country", one(&p.Country, country)),
			many("receives", list(&p.Receives, field)),
			once("erase", one(&p.Erase, endpoint)),
		)
		*to = append(*to, p)
		return err
	}
}
