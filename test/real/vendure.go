//go:build real

package real

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// VendureShop is the second shop, as its staff use it.
type VendureShop struct {
	url    string
	header map[string]string
}

// OpenVendure logs in.
func OpenVendure(ctx context.Context, c Components) (*VendureShop, error) {
	body := map[string]any{"query": `mutation ($u: String!, $p: String!) { login(username: $u, password: $p) { __typename } }`, "variables": map[string]string{"u": c.VendureUser, "p": c.VendurePass}}
	header, err := call(ctx, http.MethodPost, c.Vendure+"/admin-api", nil, body, nil)
	if err != nil {
		return nil, err
	}
	token := header.Get("vendure-auth-token")
	if token == "" {
		return nil, errors.New("vendure refused the login")
	}
	return &VendureShop{url: c.Vendure + "/admin-api", header: map[string]string{"Authorization": "Bearer " + token}}, nil
}

// VendureOrder is an order with what the tests ask of it.
type VendureOrder struct {
	ID, Code, State string
	TotalWithTax    int64 // in cents
}

// Orders lists the placed orders, the oldest first.
func (s *VendureShop) Orders(ctx context.Context) ([]VendureOrder, error) {
	var said struct {
		Data struct {
			Orders struct{ Items []VendureOrder }
		}
	}
	body := map[string]any{"query": `{ orders(options: { take: 1000, sort: { id: ASC }, filter: { active: { eq: false } } }) { items { id code state totalWithTax } } }`}
	_, err := call(ctx, http.MethodPost, s.url, s.header, body, &said)
	return said.Data.Orders.Items, err
}

// Cancel cancels an order.
func (s *VendureShop) Cancel(ctx context.Context, order string) error {
	var said struct {
		Data struct {
			CancelOrder struct{ ID, State, Message string }
		}
	}
	body := map[string]any{"query": `mutation ($i: ID!) { cancelOrder(input: { orderId: $i }) { ... on Order { id state } ... on ErrorResult { message } } }`, "variables": map[string]string{"i": order}}
	if _, err := call(ctx, http.MethodPost, s.url, s.header, body, &said); err != nil {
		return err
	}
	if said.Data.CancelOrder.State != "Cancelled" {
		return fmt.Errorf("cancel order %s: %+v", order, said.Data.CancelOrder)
	}
	return nil
}

// Sold is what the shop says it has sold, in cents: goods before tax of the placed orders. A cancelled order shows no
// sum, but still what was placed of each line and the price of a piece.
func (s *VendureShop) Sold(ctx context.Context) (int64, error) {
	var said struct {
		Data struct {
			Orders struct {
				Items []struct {
					State    string
					SubTotal int64
					Lines    []struct{ UnitPrice, OrderPlacedQuantity int64 }
				}
			}
		}
	}
	body := map[string]any{"query": `{ orders(options: { take: 100, filter: { active: { eq: false } } }) { items { state subTotal lines { unitPrice orderPlacedQuantity } } } }`}
	_, err := call(ctx, http.MethodPost, s.url, s.header, body, &said)
	var cents int64
	for _, o := range said.Data.Orders.Items {
		if o.State != "Cancelled" {
			cents += o.SubTotal
			continue
		}
		for _, l := range o.Lines {
			cents += l.UnitPrice * l.OrderPlacedQuantity
		}
	}
	return cents, err
}
