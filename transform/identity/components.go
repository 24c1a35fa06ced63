package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// Customers and the values that join them are a graph. Its connected components are resolved one by one, since nothing in
// one tells anything of another; the engine finds them, by the alternating star contraction of Kiveris, Lattanzi,
// Mirrokni, Rastogi and Vassilvitskii (Connected Components in MapReduce and Beyond, SoCC 2014).
//
// temp.heliu_edge says of a customer, child, that he is of one component with another of a lesser key, parent. A round
// brings each closer to the least key of his component; in the end every child has that one as his only parent.

// edgeSQL joins each customer with the first who shows the same value. A value of too many joins nobody.
const edgeSQL = `select distinct customer_key as child, first_sharer as parent
from temp.heliu_shared
where customer_key <> first_sharer and (kind = 0 or sharers <= %d)`

// roundSQL first joins the parents of one child with the least of them, which then is his only one, and then gives each
// child the least parent of his parent instead. It keeps apart what is apart, and together what is together.
const roundSQL = `with upward as (
    select child, min(parent) as parent
    from temp.heliu_edge
    group by child
),
near as (
    select child, parent from upward
    union
    select edge.parent, upward.parent
    from temp.heliu_edge as edge
    inner join upward on upward.child = edge.child
    where edge.parent > upward.parent
),
near_upward as (
    select child, min(parent) as parent
    from near
    group by child
)
select distinct near.child, coalesce(near_upward.parent, near.parent) as parent
from near
left join near_upward on near_upward.child = near.parent`

// unsettledSQL counts the children who have several parents, or one who is a child himself.
const unsettledSQL = `with upward as (
    select child, min(parent) as parent, count(*) as parents
    from temp.heliu_edge
    group by child
)
select count(*)
from upward
left join upward as higher on higher.child = upward.parent
where upward.parents > 1 or higher.child is not null`

// mostRounds is more than any graph needs: a chain of n customers takes about log2(n) rounds, so that 2^32 take 32.
const mostRounds = 100

// partSQL puts components of at most %[2]d rows into parts of at most %[2]d + %[3]d, and each larger one into a part of its
// own. They are dealt into %[1]d piles, each of which is counted through by itself; %[4]d is more than the rows of all. A
// part's number is that of its pile and its first row; keys are not negative, so that -1 - key is the number of no other.
const partSQL = `with component as (
    select coalesce(edge.parent, shared.customer_key) as component_key, count(*) as row_count
    from temp.heliu_shared as shared
    left join temp.heliu_edge as edge on edge.child = shared.customer_key
    group by coalesce(edge.parent, shared.customer_key)
),
piled as (
    select component_key, row_count,
        mod(component_key, %[1]d) as pile,
        cast(sum(row_count) over (partition by mod(component_key, %[1]d) order by component_key rows between unbounded preceding and current row) as bigint) - row_count as rows_before
    from component
),
placed as (
    select component_key,
        case when row_count > %[2]d then -1 - component_key else pile * %[4]d + rows_before - mod(rows_before, %[3]d) end as part
    from piled
)
select shared.customer_key, shared.kind, shared.scope, shared.value, shared.first_seen, shared.sharers, placed.part
from temp.heliu_shared as shared
left join temp.heliu_edge as edge on edge.child = shared.customer_key
inner join placed on placed.component_key = coalesce(edge.parent, shared.customer_key)`

// pileParts is how many parts a pile makes, about: it is as much as one worker counts through.
const pileParts = 16

// inParts makes temp.heliu_evidence part by part. Beside the engine's work it costs a statement for each round and its
// check, and three for each part.
func (m Model) inParts(ctx context.Context, s Session) error {
	if err := s.Keep(ctx, "heliu_shared", evidenceSQL); err != nil {
		return err
	}
	if err := m.connect(ctx, s); err != nil {
		return err
	}
	parts, err := m.split(ctx, s)
	if err != nil {
		return err
	}
	for i, part := range parts {
		customers, evidence, _, err := read(ctx, s, fmt.Sprintf("select customer_key, kind, scope, value, first_seen, sharers from temp.heliu_parted where part = %d", part), 0)
		if err != nil {
			return err
		}
		if err := fill(ctx, s, "heliu_part", Resolve(customers, evidence, m.Limits).Links); err != nil {
			return err
		}
		collect := s.Add
		if i == 0 {
			collect = s.Keep
		}
		if err := collect(ctx, "heliu_evidence", "select * from temp.heliu_part"); err != nil {
			return err
		}
	}
	return nil
}

// connect finds the components of what temp.heliu_shared joins.
func (m Model) connect(ctx context.Context, s Session) error {
	if err := s.Keep(ctx, "heliu_edge", fmt.Sprintf(edgeSQL, m.Limits.PerValue)); err != nil {
		return err
	}
	for range mostRounds {
		var unsettled int64
		if err := s.Row(ctx, unsettledSQL, &unsettled); err != nil || unsettled == 0 {
			return err
		}
		if err := s.Keep(ctx, "heliu_edge", roundSQL); err != nil {
			return err
		}
	}
	return errUnsettled
}

var errUnsettled = errors.New("customers who share values did not fall into groups: report this as a fault of Heliu, with the number of rows in entity.customer and entity.customer_binding")

// split makes temp.heliu_parted and gives the numbers of its parts.
func (m Model) split(ctx context.Context, s Session) (parts []int64, err error) {
	var rows int64
	if err := s.Row(ctx, "select count(*) from temp.heliu_shared", &rows); err != nil {
		return nil, err
	}
	most := int64(m.Rows)
	small := max(1, most/8) // few components are larger, so that most parts are nearly full
	if err := s.Keep(ctx, "heliu_parted", fmt.Sprintf(partSQL, 1+rows/most/pileParts, small, max(1, most-small), rows+1)); err != nil {
		return nil, err
	}
	reader, err := s.Query(ctx, "select distinct part from temp.heliu_parted")
	if err != nil {
		return nil, err
	}
	defer reader.Release()
	for reader.Next() {
		numbers, ok := reader.RecordBatch().Column(0).(*array.Int64)
		if !ok {
			return nil, fmt.Errorf("the engine gave other types than expected: %s", reader.RecordBatch().Schema())
		}
		parts = append(parts, numbers.Int64Values()...)
	}
	return parts, reader.Err()
}
