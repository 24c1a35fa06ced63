package simulate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"time"
)

// Event is what the storefront's script sends of one touch. Phone and e-mail
// are clear: the collector must hash or drop them.
type Event struct {
	EventID    string `json:"event_id"`
	Kind       string `json:"kind"` // visit, ad_click, live_view, add_to_cart
	At         string `json:"at"`   // RFC 3339 with zone
	VisitorID  string `json:"visitor_id"`
	IDSpace    string `json:"id_space,omitempty"`
	CustomerID string `json:"customer_id,omitempty"` // in IDSpace, when logged in
	Email      string `json:"email,omitempty"`
	Phone      string `json:"phone,omitempty"`
	Channel    string `json:"channel"`
	ShopID     string `json:"shop_id,omitempty"`
	Platform   string `json:"platform,omitempty"` // of the ad
	URL        string `json:"url"`
	UTMSource  string `json:"utm_source,omitempty"`
	UTMMedium  string `json:"utm_medium,omitempty"`
	UTMCamp    string `json:"utm_campaign,omitempty"`
	AdAccount  string `json:"ad_account_id,omitempty"`
	AdLevel    string `json:"ad_level,omitempty"`
	AdID       string `json:"ad_id,omitempty"`
	ClickID    string `json:"click_id,omitempty"`
	RoomID     string `json:"room_id,omitempty"`
	VideoID    string `json:"video_id,omitempty"`
	SKU        string `json:"sku_code,omitempty"`
}

// Events yields the storefront's events with from <= at < to, oldest first. One
// in fifty comes a second time right after the next one.
func (c *Company) Events(from, to time.Time) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		var again *Event
		for _, t := range c.touchesIn(from, to) {
			event := c.event(t)
			if !yield(event) {
				return
			}
			if again != nil {
				if !yield(*again) {
					return
				}
				again = nil
			}
			if repeats(t) {
				again = &event
			}
		}
		if again != nil {
			yield(*again)
		}
	}
}

func repeats(t *touch) bool { return hash64("again "+t.ID)%50 == 0 }

func (c *Company) touchesIn(from, to time.Time) []*touch {
	var out []*touch
	for _, t := range c.touches {
		if !t.At.Before(from) && t.At.Before(to) {
			out = append(out, t)
		}
	}
	slices.SortStableFunc(out, func(a, b *touch) int { return a.At.Compare(b.At) })
	return out
}

func (c *Company) event(t *touch) Event {
	e := Event{EventID: t.ID, Kind: t.Kind, At: t.At.In(c.zone).Format(time.RFC3339), VisitorID: t.Person.Visitor,
		Channel: t.Channel, URL: t.url(),
		UTMSource: t.UTM[0], UTMMedium: t.UTM[1], UTMCamp: t.UTM[2], ClickID: t.ClickID, RoomID: t.Room, VideoID: t.Video}
	if t.Shop != nil {
		e.ShopID = t.Shop.ID
	}
	if t.Listing != nil {
		e.SKU = t.Listing.Product.SKU
	}
	if t.Ad != nil {
		e.Platform, e.AdAccount, e.AdLevel, e.AdID = "oceanengine", t.Ad.Account, t.Ad.Level, t.Ad.ID
	}
	if t.LoggedIn {
		e.IDSpace, e.CustomerID = SpaceSite, t.Person.siteID()
		e.Phone, e.Email = t.Person.writtenPhone(SpaceSite), t.Person.writtenEmail(SpaceSite)
	}
	return e
}

// PushEvents posts the events of Events to a collector as JSON lines, 500 a
// request, with the token as bearer, and says how many events it sent. It stops
// at the first answer that is not 2xx.
func (c *Company) PushEvents(ctx context.Context, client *http.Client, url, token string, from, to time.Time) (int, error) {
	var batch bytes.Buffer
	encoder := json.NewEncoder(&batch)
	encoder.SetEscapeHTML(false)
	sent, held := 0, 0
	flush := func() error {
		if held == 0 {
			return nil
		}
		if err := post(ctx, client, url, token, batch.Bytes()); err != nil {
			return fmt.Errorf("push events %d to %d: %w", sent+1, sent+held, err)
		}
		sent, held = sent+held, 0
		batch.Reset()
		return nil
	}
	for event := range c.Events(from, to) {
		if err := encoder.Encode(event); err != nil {
			return sent, fmt.Errorf("push event %s: %w", event.EventID, err)
		}
		if held++; held == 500 {
			if err := flush(); err != nil {
				return sent, err
			}
		}
	}
	return sent, flush()
}

func post(ctx context.Context, client *http.Client, url, token string, lines []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(lines))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/x-ndjson")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 500))
	if err != nil {
		return err
	}
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("the collector answered %s: %s", response.Status, answer)
	}
	return nil
}

// BrokenEvents are lines that a collector must refuse, one fault each.
func (c *Company) BrokenEvents() []string {
	when := c.opts.From.Format(time.RFC3339)
	return []string{
		`{"kind":"visit","at":"` + when + `","visitor_id":"v-1"}`,
		`{"event_id":"bad-2","kind":"visit","at":"昨天","visitor_id":"v-1"}`,
		`{"event_id":"bad-3","kind":"teleport","at":"` + when + `","visitor_id":"v-1"}`,
		`{"event_id":"bad-4","kind":"visit","at":`,
	}
}
