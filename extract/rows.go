package extract

import (
	"unsafe"
)

// newRow starts a record with all its columns null.
func (v *visitor) newRow(p *plan, parent int, number int64) {
	r := row{plan: p, parent: parent, first: len(v.cells), number: number}
	if n := len(v.rows); n < cap(v.rows) { // keep the memory of earlier extras
		r.extra = v.rows[:n+1][n].extra[:0]
	}
	v.rows = append(v.rows, r)
	for range p.columns {
		v.cells = append(v.cells, cell{})
	}
	for _, col := range p.position {
		v.cells[r.first+col] = cell{kind: cellInt, i: number}
	}
	for _, col := range p.counts {
		v.cells[r.first+col] = cell{kind: cellInt}
	}
	if parent >= 0 && len(v.rows[parent].plan.counts) > 0 {
		above := &v.rows[parent]
		if col, ok := above.plan.counts[p.stream.Name]; ok {
			v.cells[above.first+col].i++
		}
	}
}

// finish fills what a record takes from elsewhere and checks what it must have.
func (v *visitor) finish() bool {
	for i := range v.rows {
		r := &v.rows[i]
		p := r.plan
		for name, col := range p.with {
			text, ok := v.with[name]
			if !ok {
				continue
			}
			c, reason := p.decoders[col].decode(tokString, text)
			if reason != "" {
				v.field, v.reason = p.columns[col].Name, reason
				return false
			}
			v.cells[r.first+col] = c
		}
	}
	v.firstItems()
	for i := range v.rows {
		r := &v.rows[i]
		p := r.plan
		for col, from := range p.inherit {
			if from >= 0 {
				v.cells[r.first+col] = v.cells[v.rows[r.parent].first+from]
			}
		}
		for _, col := range p.required {
			if c := &v.cells[r.first+col]; c.kind == cellNull || c.kind == cellString && c.s == "" {
				v.field, v.reason = v.name(r, col), "is missing"
				return false
			}
		}
	}
	for i := range v.cells { // the text no longer moves
		if c := &v.cells[i]; c.kind == cellJSON && c.s == "" {
			start, end := int(c.i>>32), int(c.i&0xffffffff)
			if start < end {
				c.s = unsafe.String(&v.text[start], end-start)
			}
		}
	}
	return true
}

// firstItems fills the columns that repeat a field of a child list's first item; the item's own are filled before.
func (v *visitor) firstItems() {
	for i := len(v.rows) - 1; i >= 0; i-- {
		r := &v.rows[i]
		for _, f := range r.plan.firsts {
			for j := i + 1; j < len(v.rows); j++ {
				c := &v.rows[j]
				if c.parent != i || c.plan.stream.Name != f.child {
					continue
				}
				if col := c.plan.column(f.field); col >= 0 {
					v.cells[r.first+f.column] = v.cells[c.first+col]
				}
				break
			}
		}
	}
}

func (v *visitor) name(r *row, col int) string {
	name := r.plan.columns[col].Name
	if r.parent < 0 {
		return name
	}
	return join(r.plan.stream.Records, name)
}
