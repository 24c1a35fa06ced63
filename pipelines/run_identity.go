package pipelines

import (
	"context"

	"github.com/heliu-data/heliu/transform/identity"
)

// identityStep makes star.customer_identity and its evidence. Who is whom depends on all customers, so any change of
// its inputs computes it anew.
type identityStep struct{ identity.Model }

// Inputs are the entities that hold evidence.
func (i identityStep) Inputs() []Input {
	var list []Input
	for _, table := range i.Model.Inputs() {
		list = append(list, Input{Table: table})
	}
	return list
}

// Build resolves the identities.
func (i identityStep) Build(ctx context.Context, w *Work) ([]Output, error) {
	w.Mode("full")
	writes, err := i.Model.Build(ctx, w.Session)
	if err != nil {
		return nil, err
	}
	outputs := make([]Output, len(writes))
	for k, write := range writes {
		outputs[k] = Output{Table: write.Table, Rows: write.Rows}
	}
	return outputs, nil
}
