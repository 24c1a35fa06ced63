package warehouse

import "context"

// Working is how far a statement has come that takes long, as the engine itself tells.
type Working struct {
	Rows        int64 // read so far
	Done, Parts int   // pieces of work done, and known so far
}

type workingKey struct{}

// WithProgress makes an engine that can tell of statements that take long call f every few seconds while one of the
// context runs.
func WithProgress(ctx context.Context, f func(Working)) context.Context {
	return context.WithValue(ctx, workingKey{}, f)
}

// ProgressOf is who wants to be told; nil when nobody does.
func ProgressOf(ctx context.Context) func(Working) {
	f, _ := ctx.Value(workingKey{}).(func(Working))
	return f
}
