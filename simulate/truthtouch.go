package simulate

import "time"

// TouchTruth is one touch and who was behind it; what of it the storefront knew is Space and Ref.
type TouchTruth struct {
	EventID string    `json:"event_id"`
	At      time.Time `json:"at"`
	Kind    string    `json:"kind"`
	Channel string    `json:"channel"`
	Person  int       `json:"person"`
	Visitor string    `json:"visitor_id"` // the device; some families share one
	Space   string    `json:"id_space"`   // with Ref the customer who was logged in; empty: nobody
	Ref     string    `json:"customer_ref"`
	RoomID  string    `json:"room_id"`
	VideoID string    `json:"video_id"`
}

func (c *Company) touchTruth(asOf time.Time) []TouchTruth {
	var out []TouchTruth
	for _, t := range c.touchesIn(time.Time{}, asOf) {
		row := TouchTruth{EventID: t.ID, At: t.At, Kind: t.Kind, Channel: t.Channel, Person: t.Person.Index, Visitor: t.Person.Visitor,
			RoomID: t.Room, VideoID: t.Video}
		if t.LoggedIn {
			row.Space, row.Ref = SpaceSite, t.Person.siteID()
		}
		out = append(out, row)
	}
	return out
}
