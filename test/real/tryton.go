//go:build real

package real

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
)

// TrytonERP is the ERP, as its warehouse people use it.
type TrytonERP struct {
	url    string
	header map[string]string
}

// OpenTryton logs in.
func OpenTryton(ctx context.Context, c Components) (*TrytonERP, error) {
	e := &TrytonERP{url: c.Tryton + "/rpc/", header: map[string]string{}}
	var said []json.RawMessage
	if err := e.call(ctx, &said, "common.db.login", c.TrytonUser, map[string]string{"password": c.TrytonPass}, "en"); err != nil {
		return nil, err
	}
	var key string
	if len(said) < 2 || json.Unmarshal(said[1], &key) != nil {
		return nil, fmt.Errorf("tryton refused the login")
	}
	e.header["Authorization"] = "Session " + base64.StdEncoding.EncodeToString([]byte(c.TrytonUser+":"+string(said[0])+":"+key))
	return e, nil
}

func (e *TrytonERP) call(ctx context.Context, out any, method string, params ...any) error {
	var said struct{ Result, Error json.RawMessage }
	if _, err := call(ctx, http.MethodPost, e.url, e.header, map[string]any{"id": 1, "method": method, "params": params}, &said); err != nil {
		return err
	}
	if len(said.Error) > 0 {
		return fmt.Errorf("%s: %.400s", method, said.Error)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(said.Result, out)
}

// TrytonShipment is a customer shipment.
type TrytonShipment struct {
	ID      int64  `json:"id"`
	Number  string `json:"number"`
	State   string `json:"state"`
	Origins string `json:"origins"` // "1 [order_01…]": the sale's number and, in brackets, the shop's order
}

// Waiting lists the shipments that are still to be shipped, the oldest first.
func (e *TrytonERP) Waiting(ctx context.Context) ([]TrytonShipment, error) {
	var out []TrytonShipment
	err := e.call(ctx, &out, "model.stock.shipment.out.search_read", []any{[]any{"state", "=", "waiting"}}, 0, 1000, [][]string{{"id", "ASC"}}, []string{"id", "number", "state", "origins"}, map[string]any{})
	return out, err
}

// Ship takes a shipment through its workflow: assigned, picked, packed, done.
func (e *TrytonERP) Ship(ctx context.Context, shipment int64) error {
	for _, step := range []string{"assign_try", "pick", "pack", "do"} {
		if err := e.call(ctx, nil, "model.stock.shipment.out."+step, []int64{shipment}, map[string]any{}); err != nil {
			return err
		}
	}
	var after []TrytonShipment
	if err := e.call(ctx, &after, "model.stock.shipment.out.read", []int64{shipment}, []string{"state"}, map[string]any{}); err != nil {
		return err
	}
	if len(after) != 1 || after[0].State != "done" {
		return fmt.Errorf("shipment %d is not done: %+v", shipment, after)
	}
	return nil
}
