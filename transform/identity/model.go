package identity

import (
	"context"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// Session is what the model needs of the engine. What is kept or filled is named temp.<name>.
type Session interface {
	Query(ctx context.Context, sql string, args ...any) (array.RecordReader, error)
	Row(ctx context.Context, sql string, dest ...any) error
	Keep(ctx context.Context, name, query string) error
	Add(ctx context.Context, name, query string) error
	Fill(ctx context.Context, name string, batches array.RecordReader) error
}

// Model makes star.customer_identity, one row a customer who is joined with another: customer_key, person_key and the
// kinds of evidence; and star.customer_evidence, one row for each value that a customer shares with another:
// customer_key, person_key, kind, scope, value, and why it was refused, null when it joins.
//
// A customer who is not in star.customer_identity is a person under his own key. A consent for the purpose identity that
// was withdrawn last takes away the customer's phone and e-mail; a binding that ended is none.
//
// The program holds the evidence of Rows rows at once, however much there is: more is split by the engine in parts that
// no value joins with each other. Customers whom values connect directly or over others are one part, be it larger.
type Model struct {
	Limits Limits
	Rows   int // the most rows of evidence that are held at once; 0 means [DefaultRows]. The result is the same for all.
}

// DefaultRows are the rows of evidence that are held at once, with what they become about 350 MB.
const DefaultRows = 500_000

// Write is what is to be written to one table, in place of all its rows.
type Write struct{ Table, Rows string }

// Name is the model's first table.
func (Model) Name() string { return "star.customer_identity" }

// Outputs are the model's tables.
func (Model) Outputs() []string { return []string{"star.customer_identity", "star.customer_evidence"} }

// Inputs are the tables it reads.
func (Model) Inputs() []string {
	return []string{"entity.consent", "entity.customer", "entity.customer_binding"}
}

// Fingerprint changes with the limits, with what counts as evidence and with what is written. What is held at once
// changes no result.
func (m Model) Fingerprint() string {
	return fmt.Sprintf("identity 2 %d %d %s %s", m.Limits.PerValue, m.Limits.PerPerson, evidenceSQL, identitySQL)
}

// evidenceSQL selects the evidence of all customers who share some, the strong ids that tell them apart included, each
// with the number of customers who show it and the least key among them. A customer has one row a kind, a binding two.
const evidenceSQL = `with consent_last as (
    select customer_key, is_given,
        row_number() over (partition by customer_key order by given_at desc, updated_at desc, consent_key desc) as last_rank
    from entity.consent
    where purpose = 'identity'
),
customer as (
    select customer.*,
        coalesce(consent_last.is_given, true) as may_join
    from entity.customer
    left join consent_last on consent_last.customer_key = customer.customer_key and consent_last.last_rank = 1
),
field as (
    select customer.customer_key, kinds.kind,
        case kinds.kind when 1 then customer.id_space when 2 then customer.member_programme else '' end as scope,
        case kinds.kind when 1 then customer.union_id when 2 then customer.member_id when 3 then customer.phone_hash else customer.email_hash end as value
    from customer
    cross join (values (1), (2), (3), (4)) as kinds (kind)
    where customer.may_join or kinds.kind <= 2
),
shown as (
    select customer_key, kind, scope, case when kind = 1 then '' else scope end as value_scope, value
    from field
    where value <> '' and (kind <> 2 or scope <> '')
    union all
    select customer_key, 0, '', '', cast(customer_binding_key as varchar) from entity.customer_binding where valid_to_at is null
    union all
    select other_customer_key, 0, '', '', cast(customer_binding_key as varchar) from entity.customer_binding where valid_to_at is null
),
shared as (
    select kind, value_scope, value, count(*) as sharers, min(customer_key) as first_sharer
    from shown
    group by kind, value_scope, value
    having min(customer_key) <> max(customer_key)
),
evidence as (
    select shown.*,
        coalesce(shared.sharers, 1) as sharers,
        coalesce(shared.first_sharer, shown.customer_key) as first_sharer
    from shown
    left join shared on shared.kind = shown.kind and shared.value_scope = shown.value_scope and shared.value = shown.value
),
sharing as (
    select customer_key
    from evidence
    group by customer_key
    having max(sharers) > 1
)
select
    evidence.customer_key,
    cast(evidence.kind as bigint) as kind,
    evidence.scope,
    evidence.value,
    coalesce(cast(date_diff('millisecond', timestamp '1970-01-01 00:00:00', customer.first_seen_at at time zone 'UTC') as bigint) * 1000, 9223372036854775807) as first_seen,
    evidence.sharers,
    evidence.first_sharer
from evidence
inner join sharing on sharing.customer_key = evidence.customer_key
left join customer on customer.customer_key = evidence.customer_key`

// identitySQL selects who is whom of the evidence that joins: the kinds are listed strongest first.
const identitySQL = `select customer_key, person_key,
    substr(max(case when kind = 'binding' then ',binding' else '' end)
        || max(case when kind = 'union_id' then ',union_id' else '' end)
        || max(case when kind = 'member_id' then ',member_id' else '' end)
        || max(case when kind = 'phone' then ',phone' else '' end)
        || max(case when kind = 'email' then ',email' else '' end), 2) as evidence
from temp.heliu_evidence
where refused is null
group by customer_key, person_key`

// Build reads the evidence, resolves it and returns what is to be written; it writes to temporary tables only.
func (m Model) Build(ctx context.Context, s Session) ([]Write, error) {
	if m.Rows == 0 {
		m.Rows = DefaultRows
	}
	customers, evidence, all, err := read(ctx, s, evidenceSQL, m.Rows)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the evidence of identities: %w", err)
	case all:
		err = fill(ctx, s, "heliu_evidence", Resolve(customers, evidence, m.Limits).Links)
	default:
		err = m.inParts(ctx, s)
	}
	if err != nil {
		return nil, fmt.Errorf("resolve identities: %w", err)
	}
	return []Write{{"star.customer_identity", identitySQL}, {"star.customer_evidence", "select * from temp.heliu_evidence"}}, nil
}

// read holds the rows of a query whose first columns are those of [evidenceSQL]; all is false when there are more than
// most, of which it then holds none. Most 0 is no limit.
func read(ctx context.Context, s Session, query string, most int) (customers []Customer, evidence []Evidence, all bool, err error) {
	reader, err := s.Query(ctx, query)
	if err != nil {
		return nil, nil, false, err
	}
	defer reader.Release()
	for reader.Next() {
		batch := reader.RecordBatch()
		key, ok1 := batch.Column(0).(*array.Int64)
		kind, ok2 := batch.Column(1).(*array.Int64)
		scope, ok3 := batch.Column(2).(*array.String)
		text, ok4 := batch.Column(3).(*array.String)
		seen, ok5 := batch.Column(4).(*array.Int64)
		sharers, ok6 := batch.Column(5).(*array.Int64)
		if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 {
			return nil, nil, false, fmt.Errorf("the engine gave other types than expected: %s", batch.Schema())
		}
		if most > 0 && len(evidence)+int(batch.NumRows()) > most {
			return nil, nil, false, nil
		}
		for i := range int(batch.NumRows()) {
			customers = append(customers, Customer{key.Value(i), seen.Value(i)})
			evidence = append(evidence, Evidence{key.Value(i), Kind(kind.Value(i)), strings.Clone(scope.Value(i)), strings.Clone(text.Value(i)), sharers.Value(i)})
		}
	}
	return customers, evidence, true, reader.Err()
}
