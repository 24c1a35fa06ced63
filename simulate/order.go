package simulate

import (
	"slices"
	"time"
)

// order is one platform order with its whole life; what a system shows of it
// depends on the instant it is asked.
type order struct {
	Shop       *shop
	ID         string
	Kind       string // the dictionary's order_kind
	Checkout   string
	Buyer      *person
	Unknown    bool // the platform tells no buyer
	Lines      []*line
	Refunds    []*refund
	Parcels    []*parcel
	Placed     time.Time
	Deposit    time.Time // deposit paid
	Paid       time.Time // paid in full
	Shipped    time.Time // last parcel
	Received   time.Time
	Closed     time.Time // closed without a sale
	DepositOf  Fen
	Forfeited  bool
	Postage    Fen
	Flag       string // red, yellow, …: the seller's flag
	Memo       string
	MemoAt     time.Time
	BuyerMemo  string
	Group      string // group_state
	Risk       string
	RoomID     string
	VideoID    string
	AuthorID   string
	UTM        [3]string // source, medium, campaign
	ClickID    string
	Coupon     string
	Oversold   bool
	MergedWith *order // an earlier order that leaves in the same parcel
	Receiver   string // masked phone as the platform shows it
	OAID       string
	Hidden     bool   // older than the history any system still serves
	Excluded   string // exclusion_rule effect; empty when counted
	Case       string
	Cause      *touch // the touch that made this order happen; nil: organic
	TouchedBy  int
}

type line struct {
	ID       string
	Listing  *listing
	Qty      int
	Gift     bool
	List     Fen
	Item     Fen // the line's own discount
	Share    Fen // its share of the order's discount
	Platform Fen
	Creator  Fen
	Payment  Fen
}

// due is the seller's side; paid is the buyer's.
func (l *line) due() Fen     { return l.List - l.Item - l.Share }
func (l *line) subsidy() Fen { return l.Platform + l.Creator + l.Payment }
func (l *line) paid() Fen    { return l.due() - l.subsidy() }

type refund struct {
	ID        string
	Line      *line
	Kind      string // the dictionary's refund kind
	Qty       int
	Buyer     Fen // goods money back to the buyer
	Clawback  Fen
	Shipping  Fen
	BorneBy   string
	Applied   time.Time
	Succeeded time.Time
	Closed    time.Time // withdrawn or refused
	Returned  time.Time // goods back
	Condition string
	BackQty   int
	Reason    string
}

// seller is what the refund takes from our sales.
func (r *refund) seller() Fen {
	if r.BorneBy != "seller" || r.Kind == "compensation" {
		return 0
	}
	return r.Buyer + r.Clawback
}

// parcel is goods that left a warehouse together for one order.
type parcel struct {
	Warehouse string
	Shipped   time.Time
	Carrier   string
	Number    string
	Items     []parcelItem
}

type parcelItem struct {
	Line    *line // nil: a gift that the ERP added
	Product *product
	Qty     int
	Gift    bool
}

func reached(at, now time.Time) bool { return !at.IsZero() && !at.After(now) }

// firstShipped is when the first parcel left; zero when none will.
func (o *order) firstShipped() time.Time {
	var first time.Time
	for _, p := range o.Parcels {
		if !p.Shipped.IsZero() && (first.IsZero() || p.Shipped.Before(first)) {
			first = p.Shipped
		}
	}
	return first
}

// changes are the instants at which a system would show the order anew.
func (o *order) changes() []time.Time {
	all := []time.Time{o.Placed, o.Deposit, o.Paid, o.firstShipped(), o.Shipped, o.Received, o.Closed, o.MemoAt}
	for _, r := range o.Refunds {
		all = append(all, r.Applied, r.Succeeded, r.Closed)
	}
	return distinct(all)
}

func (r *refund) changes() []time.Time {
	return distinct([]time.Time{r.Applied, r.Returned, r.Succeeded, r.Closed})
}

func distinct(all []time.Time) []time.Time {
	all = slices.DeleteFunc(all, func(t time.Time) bool { return t.IsZero() })
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}

// status is the dictionary's canonical state at an instant.
func (o *order) status(now time.Time) string {
	switch {
	case o.fullyRefunded(now):
		return "closed_refunded"
	case reached(o.Closed, now):
		return "closed_unpaid"
	case reached(o.Received, now):
		return "received"
	case reached(o.Shipped, now):
		return "shipped"
	case reached(o.firstShipped(), now):
		return "part_shipped"
	case reached(o.Paid, now):
		return "paid"
	case reached(o.Deposit, now):
		return "deposit_paid"
	}
	return "unpaid"
}

// fullyRefunded says that the buyer has all the goods money back.
func (o *order) fullyRefunded(now time.Time) bool {
	if !reached(o.Paid, now) {
		return false
	}
	var back, paid Fen
	for _, l := range o.Lines {
		paid += l.paid()
	}
	for _, r := range o.Refunds {
		if reached(r.Succeeded, now) {
			back += r.Buyer
		}
	}
	return paid > 0 && back >= paid
}

// buyerPaid is the platform's own payment figure, postage included.
func (o *order) buyerPaid() Fen {
	total := o.Postage
	for _, l := range o.Lines {
		total += l.paid()
	}
	return total
}

func (o *order) due() Fen {
	var total Fen
	for _, l := range o.Lines {
		total += l.due()
	}
	return total
}
