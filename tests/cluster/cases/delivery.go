package cases

// deliveries: whole deliveries of the examples, from the Workflow that a push creates to what is left in git and in every
// namespace. Each case has its project on the cluster; all projects share one Argo CD.
func deliveries() Suite {
	return Suite{Name: "delivery", Cases: []Case{
		{Name: "delivery/minimal", Run: minimalDelivery},
	}}
}

// minimalDelivery: the first, the second, the same again, and an older one.
func minimalDelivery(t *T) {
	p := t.onCluster(minimal, "green")
	first := p.push(1)
	first.ends("Succeeded")
	p.holds(first)
	p.leavesNothing(first)
	second := p.push(2)
	second.ends("Succeeded")
	p.holds(second)
	p.leavesNothing(second)
	for suffix, number := range map[string]int{"-again": 2, "-older": 0} {
		superseded := p.pushAs(number, suffix)
		superseded.ends("Succeeded")
		p.leavesNothing(superseded)
	}
	p.holds(second)
}
