package rest

import (
	"context"
	"errors"
	"fmt"

	"github.com/heliu-data/heliu/extract"
)

// renewed asks again once, with a new token, when the old one has expired in mid-run. Several streams that find it
// expired at once renew it once.
func (c *client) renewed(next ask, plan *request) ask {
	if plan == nil {
		return next
	}
	return func(ctx context.Context, q question) (*answer, error) {
		used := c.currentToken()
		a, err := next(ctx, q)
		var expired *expiredError
		if !errors.As(err, &expired) {
			return a, err
		}
		if err := c.renew(ctx, next, *plan, used); err != nil {
			return nil, fmt.Errorf("%w: renew the access token: %w", extract.ErrAuth, err)
		}
		return next(ctx, q)
	}
}

func (c *client) renew(ctx context.Context, next ask, plan request, used string) error {
	c.renewing.Lock()
	defer c.renewing.Unlock()
	if c.currentToken() != used {
		return nil
	}
	t := c.cfg.Token
	if c.vars()[t.Setting] == nil {
		return fmt.Errorf("there is no %s; authorise the application again and set the new tokens", t.Setting)
	}
	params, _ := fill(plan.params, c.vars()).(map[string]any)
	a, err := next(ctx, question{request: plan, params: params, unsigned: !t.Signed})
	if err != nil {
		return err
	}
	access, ok := a.text(t.Access)
	if !ok || access == "" {
		return fmt.Errorf("the answer has no %s", t.Access)
	}
	fresh, _ := a.text(t.Refresh)
	if t.Refresh != "" && fresh != "" {
		if err := c.open.Renewed(t.Setting, fresh); err != nil {
			return err
		}
	}
	if err := c.open.Renewed(c.cfg.Sign.Token, access); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.token = access
	if t.Refresh != "" && fresh != "" {
		c.refresh = fresh
	}
	return nil
}

// vars are the settings with the newest refresh token.
func (c *client) vars() map[string]any {
	c.mu.Lock()
	defer c.mu.Unlock()
	vars := make(map[string]any, len(c.settings)+1)
	for k, v := range c.settings {
		vars[k] = v
	}
	if c.cfg.Token != nil && c.refresh != "" {
		vars[c.cfg.Token.Setting] = c.refresh
	}
	return vars
}
