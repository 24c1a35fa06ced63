package pipelines

import "context"

// openStore opens the store of the engine that the build computes in.
func openStore(ctx context.Context, b *builder) (store, error) {
	return newDuckStore(ctx, b.Engine)
}
