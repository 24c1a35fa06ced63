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

// TrytonMove is a stock move of a shipment: from a place to a place.
type TrytonMove struct {
	ID       int64
	SKU      string
	Quantity float64
	To       string // type of the place: storage, customer, …
}

// ToCustomer tells whether the goods leave the company.
func (m TrytonMove) ToCustomer() bool { return m.To == "customer" }

// Moves lists the moves of a customer shipment, from the shelf to the door and from there to the customer.
func (e *TrytonERP) Moves(ctx context.Context, shipment int64) (out []TrytonMove, err error) {
	var said []struct {
		ID       int64                 `json:"id"`
		Quantity float64               `json:"quantity"`
		Product  struct{ Code string } `json:"product."`
		To       struct{ Type string } `json:"to_location."`
	}
	err = e.call(ctx, &said, "model.stock.move.search_read", []any{[]any{"shipment", "=", fmt.Sprintf("stock.shipment.out,%d", shipment)}}, 0, 1000, [][]string{{"id", "ASC"}}, []string{"id", "quantity", "product.code", "to_location.type"}, map[string]any{})
	for _, m := range said {
		out = append(out, TrytonMove{m.ID, m.Product.Code, m.Quantity, m.To.Type})
	}
	return out, err
}

// Stock is what lies in a warehouse now, in pieces by SKU.
func (e *TrytonERP) Stock(ctx context.Context, warehouse int64) (map[string]float64, error) {
	var said []struct {
		Code     string  `json:"code"`
		Quantity float64 `json:"quantity"`
	}
	err := e.call(ctx, &said, "model.product.product.search_read", []any{[]any{"code", "!=", nil}}, 0, 1000, [][]string{{"id", "ASC"}}, []string{"code", "quantity"}, map[string]any{"locations": []int64{warehouse}, "with_childs": true})
	out := map[string]float64{}
	for _, p := range said {
		out[p.Code] = p.Quantity
	}
	return out, err
}
