package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Session is what the model needs of the engine.
type Session interface {
	Fill(ctx context.Context, name string, batches array.RecordReader) error
	Query(ctx context.Context, sql string, args ...any) (array.RecordReader, error)
}

// Model makes star.customer_identity, one row a customer who is joined with another: customer_key, person_key and the
// kinds of evidence; and star.customer_evidence, one row for each value that a customer shares with another:
// customer_key, person_key, kind, scope, value, and why it was refused, null when it joins.
//
// A customer who is not in star.customer_identity is a person under his own key. A consent for the purpose identity that
// was withdrawn last takes away the customer's phone and e-mail; a binding that ended is none.
type Model struct{ Limits Limits }

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

// Fingerprint changes with the limits and with what counts as evidence.
func (m Model) Fingerprint() string {
	return fmt.Sprintf("identity 1 %d %d %s", m.Limits.PerValue, m.Limits.PerPerson, evidenceSQL)
}

// evidenceSQL selects the evidence of all customers who share some, the strong ids that tell them apart included.
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
shown as (
    select customer_key, 1 as kind, id_space as scope, union_id as value from customer where union_id <> ''
    union all
    select customer_key, 2, member_programme, member_id from customer where member_id <> '' and member_programme <> ''
    union all
    select customer_key, 3, '', phone_hash from customer where phone_hash <> '' and may_join
    union all
    select customer_key, 4, '', email_hash from customer where email_hash <> '' and may_join
    union all
    select customer_key, 0, '', cast(customer_binding_key as varchar) from entity.customer_binding where valid_to_at is null
    union all
    select other_customer_key, 0, '', cast(customer_binding_key as varchar) from entity.customer_binding where valid_to_at is null
),
shared as (
    select kind, case when kind = 1 then '' else scope end as value_scope, value
    from shown
    group by kind, case when kind = 1 then '' else scope end, value
    having min(customer_key) <> max(customer_key)
),
sharing as (
    select distinct shown.customer_key
    from shown
    inner join shared on shared.kind = shown.kind and shared.value = shown.value
        and shared.value_scope = case when shown.kind = 1 then '' else shown.scope end
)
select
    shown.customer_key,
    cast(shown.kind as bigint) as kind,
    shown.scope,
    shown.value,
    coalesce(cast(date_diff('millisecond', timestamp '1970-01-01 00:00:00', customer.first_seen_at at time zone 'UTC') as bigint) * 1000, 9223372036854775807) as first_seen
from shown
inner join sharing on sharing.customer_key = shown.customer_key
left join customer on customer.customer_key = shown.customer_key`

// Build reads the evidence, resolves it and returns what is to be written; it writes to temporary tables only.
func (m Model) Build(ctx context.Context, s Session) ([]Write, error) {
	customers, evidence, err := read(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("read the evidence of identities: %w", err)
	}
	resolution := Resolve(customers, evidence, m.Limits)
	err = errors.Join(
		write(ctx, s, "heliu_identity", columns("customer_key", "person_key", "evidence"), personRows(resolution)),
		write(ctx, s, "heliu_evidence", columns("customer_key", "person_key", "kind", "scope", "value", "refused"), linkRows(resolution)))
	if err != nil {
		return nil, fmt.Errorf("write identities: %w", err)
	}
	return []Write{
		{"star.customer_identity", "select * from temp.heliu_identity"},
		{"star.customer_evidence", "select * from temp.heliu_evidence"},
	}, nil
}

func read(ctx context.Context, s Session) (customers []Customer, evidence []Evidence, err error) {
	reader, err := s.Query(ctx, evidenceSQL)
	if err != nil {
		return nil, nil, err
	}
	defer reader.Release()
	for reader.Next() {
		batch := reader.RecordBatch()
		key, ok1 := batch.Column(0).(*array.Int64)
		kind, ok2 := batch.Column(1).(*array.Int64)
		scope, ok3 := batch.Column(2).(*array.String)
		text, ok4 := batch.Column(3).(*array.String)
		seen, ok5 := batch.Column(4).(*array.Int64)
		if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 {
			return nil, nil, fmt.Errorf("the engine gave other types than expected: %s", batch.Schema())
		}
		for i := range int(batch.NumRows()) {
			customers = append(customers, Customer{key.Value(i), seen.Value(i)})
			evidence = append(evidence, Evidence{key.Value(i), Kind(kind.Value(i)), strings.Clone(scope.Value(i)), strings.Clone(text.Value(i))})
		}
	}
	return customers, evidence, reader.Err()
}

// personRows are the rows of star.customer_identity, by customer.
func personRows(r Resolution) [][]any {
	var rows [][]any
	at := map[int64]int{}
	for _, l := range r.Links {
		person, joined := r.Persons[l.Customer]
		if !joined || l.Refused != "" {
			continue
		}
		i, there := at[l.Customer]
		if !there {
			at[l.Customer] = len(rows)
			rows = append(rows, []any{l.Customer, person, l.Kind.String()})
			continue
		}
		if kinds := rows[i][2].(string); !strings.HasSuffix(kinds, l.Kind.String()) { // links are sorted by kind
			rows[i][2] = kinds + "," + l.Kind.String()
		}
	}
	return rows
}

func linkRows(r Resolution) [][]any {
	rows := make([][]any, len(r.Links))
	for i, l := range r.Links {
		rows[i] = []any{l.Customer, l.Person, l.Kind.String(), l.Scope, l.Value, nil}
		if l.Refused != "" {
			rows[i][5] = l.Refused
		}
	}
	return rows
}

// batch is how many rows an Arrow batch holds.
const batch = 64 << 10

// write makes a temporary table of the rows: numbers, texts and nulls.
func write(ctx context.Context, s Session, table string, schema *arrow.Schema, rows [][]any) error {
	builder := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer builder.Release()
	var batches []arrow.RecordBatch
	defer func() {
		for _, b := range batches {
			b.Release()
		}
	}()
	for part := range slices.Chunk(rows, batch) {
		for _, row := range part {
			for i, cell := range row {
				switch v := cell.(type) {
				case int64:
					builder.Field(i).(*array.Int64Builder).Append(v)
				case string:
					builder.Field(i).(*array.StringBuilder).Append(v)
				default:
					builder.Field(i).AppendNull()
				}
			}
		}
		batches = append(batches, builder.NewRecordBatch())
	}
	reader, err := array.NewRecordReader(schema, batches)
	if err != nil {
		return err
	}
	defer reader.Release()
	return s.Fill(ctx, table, reader)
}

// columns makes a schema of names: numbers end in _key, the others are texts.
func columns(names ...string) *arrow.Schema {
	fields := make([]arrow.Field, len(names))
	for i, name := range names {
		fields[i] = arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true}
		if strings.HasSuffix(name, "_key") {
			fields[i].Type = arrow.PrimitiveTypes.Int64
		}
	}
	return arrow.NewSchema(fields, nil)
}
