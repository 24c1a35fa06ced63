//go:build real

package real

import (
	"context"
	"fmt"
	"math"
	"net/http"
)

// MedusaShop is the first shop, as its staff use it.
type MedusaShop struct {
	url    string
	header map[string]string
}

// OpenMedusa logs in.
func OpenMedusa(ctx context.Context, c Components) (*MedusaShop, error) {
	var said struct{ Token string }
	_, err := call(ctx, http.MethodPost, c.Medusa+"/auth/user/emailpass", nil, map[string]string{"email": c.MedusaUser, "password": c.MedusaSecret}, &said)
	return &MedusaShop{url: c.Medusa, header: map[string]string{"Authorization": "Bearer " + said.Token}}, err
}

// MedusaOrder is an order with what the tests ask of it.
type MedusaOrder struct {
	ID       string
	Status   string
	Total    float64 // of goods and postage, before refunds
	Refunded float64
	Items    []struct{ ID, VariantID string }
	Payments []string // ids
}

// Orders lists the orders, the oldest first.
func (s *MedusaShop) Orders(ctx context.Context) ([]MedusaOrder, error) {
	var said struct {
		Orders []struct {
			ID, Status string
			Items      float64 `json:"item_total"`
			Shipping   float64 `json:"shipping_total"`
			Credits    float64 `json:"credit_line_total"`
			Lines      []struct {
				ID        string `json:"id"`
				VariantID string `json:"variant_id"`
			} `json:"items"`
			Collections []struct {
				Payments []struct{ ID string }
			} `json:"payment_collections"`
		}
	}
	_, err := call(ctx, http.MethodGet, s.url+"/admin/orders?limit=1000&order=display_id&fields=id,status,item_total,shipping_total,credit_line_total,*items,*payment_collections.payments", s.header, nil, &said)
	var out []MedusaOrder
	for _, o := range said.Orders {
		order := MedusaOrder{ID: o.ID, Status: o.Status, Total: o.Items + o.Shipping, Refunded: o.Credits}
		for _, i := range o.Lines {
			order.Items = append(order.Items, struct{ ID, VariantID string }{i.ID, i.VariantID})
		}
		for _, c := range o.Collections {
			for _, p := range c.Payments {
				order.Payments = append(order.Payments, p.ID)
			}
		}
		out = append(out, order)
	}
	return out, err
}

// ChangeEmail changes an order as a clerk would.
func (s *MedusaShop) ChangeEmail(ctx context.Context, order, email string) error {
	_, err := call(ctx, http.MethodPost, s.url+"/admin/orders/"+order, s.header, map[string]string{"email": email}, nil)
	return err
}

// Cancel cancels an order.
func (s *MedusaShop) Cancel(ctx context.Context, order string) error {
	_, err := call(ctx, http.MethodPost, s.url+"/admin/orders/"+order+"/cancel", s.header, nil, nil)
	return err
}

// Refund pays back a part of a payment, in the currency's main unit.
func (s *MedusaShop) Refund(ctx context.Context, payment string, amount float64) error {
	_, err := call(ctx, http.MethodPost, s.url+"/admin/payments/"+payment+"/refund", s.header, map[string]any{"amount": amount}, nil)
	return err
}

// Place places an order like another one, for one piece of each of its goods, and returns its id.
func (s *MedusaShop) Place(ctx context.Context, like MedusaOrder, email string) (string, error) {
	var places struct {
		Regions  []struct{ ID string }
		Channels []struct{ ID string } `json:"sales_channels"`
	}
	if _, err := call(ctx, http.MethodGet, s.url+"/admin/regions?limit=1", s.header, nil, &places); err != nil {
		return "", err
	}
	if _, err := call(ctx, http.MethodGet, s.url+"/admin/sales-channels?limit=1", s.header, nil, &places); err != nil {
		return "", err
	}
	if len(places.Regions) == 0 || len(places.Channels) == 0 {
		return "", fmt.Errorf("the shop has no region or sales channel")
	}
	var items []map[string]any
	for _, i := range like.Items {
		items = append(items, map[string]any{"variant_id": i.VariantID, "quantity": 1})
	}
	var draft struct {
		Draft struct{ ID string } `json:"draft_order"`
	}
	_, err := call(ctx, http.MethodPost, s.url+"/admin/draft-orders", s.header, map[string]any{"email": email, "region_id": places.Regions[0].ID, "sales_channel_id": places.Channels[0].ID, "items": items}, &draft)
	if err != nil {
		return "", err
	}
	var placed struct{ Order struct{ ID string } }
	_, err = call(ctx, http.MethodPost, s.url+"/admin/draft-orders/"+draft.Draft.ID+"/convert-to-order", s.header, nil, &placed)
	return placed.Order.ID, err
}

// Sold is what the shop says it has sold, in cents: goods before tax of the orders whose payment was captured.
func (s *MedusaShop) Sold(ctx context.Context) (int64, error) {
	var said struct {
		Orders []struct {
			Items       float64 `json:"item_total"`
			Tax         float64 `json:"item_tax_total"`
			Collections []struct {
				Payments []struct {
					CapturedAt *string `json:"captured_at"`
				}
			} `json:"payment_collections"`
		}
	}
	_, err := call(ctx, http.MethodGet, s.url+"/admin/orders?limit=1000&fields=id,item_total,item_tax_total,*payment_collections.payments", s.header, nil, &said)
	var cents int64
	for _, o := range said.Orders {
		captured := false
		for _, c := range o.Collections {
			for _, p := range c.Payments {
				captured = captured || p.CapturedAt != nil
			}
		}
		if captured {
			cents += int64(math.Round((o.Items - o.Tax) * 100))
		}
	}
	return cents, err
}
