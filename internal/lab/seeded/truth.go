package seeded

import "fmt"

// drawTruth draws what happens to each device.
func (l *Lab) drawTruth() {
	for i := range l.Devices {
		dev := &l.Devices[i]
		if dev.core() {
			dev.own = union(l.spans(outageCore, 1, i), l.spans(rebootCore, 1, i))
		} else {
			dev.own = l.spans(outageThing, 1, i)
		}
		if dev.Kind == NAS {
			dev.bad = l.spans(partBad, 1, i)
		}
		if dev.managed() {
			dev.silent = l.spans(agentHung, 1, i)
			dev.busy = l.spans(busy, 1, i)
		}
		l.drawLoss(i)
		l.drawMoves(i)
	}
	for i := range l.Devices {
		l.Devices[i].Down = l.downOf(i)
	}
}

// downOf is when a device or anything that it hangs on is off.
func (l *Lab) downOf(i int) Spans {
	down := l.Devices[i].own
	for p := l.Devices[i].Parent; p >= 0; p = l.Devices[p].Parent {
		down = union(down, l.Devices[p].own)
	}
	return l.within(down)
}

// within cuts what goes on after the lab's end.
func (l *Lab) within(s Spans) Spans {
	for i := range s {
		if s[i].To.After(l.End) {
			s[i].To = l.End
		}
	}
	return s
}

func (l *Lab) drawLoss(i int) {
	often := 1.0
	if l.Devices[i].Wireless {
		often = 10
	}
	d := l.dice("packets lost", i)
	for _, s := range l.spans(lossy, often, i) {
		l.Devices[i].loss = append(l.Devices[i].loss, loss{Span: s, part: 0.2 + 0.5*d.Float64()})
	}
}

func (l *Lab) drawMoves(i int) {
	dev, often := &l.Devices[i], 1.0
	if !dev.core() {
		often = 4
	}
	dev.moves = l.spans(moved, often, i)
	for k := range dev.moves {
		dev.moved = append(dev.moved, fmt.Sprintf("198.51.100.%d", 1+(i+100*k)%254))
	}
}
