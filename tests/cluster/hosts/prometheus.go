package hosts

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Answer is what Prometheus says to a query.
type Answer struct {
	Values []string // one in each series
	Away   bool     // the connection is closed without a word
}

// Prometheus answers a query by the longest text that is in it, or in its address before it.
type Prometheus struct {
	mu      sync.Mutex
	answers map[string]Answer
	asked   map[string]int
}

// Answer sets what is said to queries with the text in them.
func (p *Prometheus) Answer(text string, answer Answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers[text] = answer
}

// Asked is how often.
func (p *Prometheus) Asked(text string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[text]
}

// ServeHTTP is /api/v1/query.
func (p *Prometheus) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.Host + " " + r.FormValue("query")
	p.mu.Lock()
	longest := ""
	for text := range p.answers {
		if strings.Contains(query, text) && len(text) > len(longest) {
			longest = text
		}
	}
	answer := p.answers[longest]
	p.asked[longest]++
	p.mu.Unlock()
	if answer.Away {
		if connection, _, err := w.(http.Hijacker).Hijack(); err == nil {
			_ = connection.Close()
		}
		return
	}
	series := []any{}
	for i, value := range answer.Values {
		series = append(series, map[string]any{"metric": map[string]string{"series": string(rune('a' + i))}, "value": []any{time.Now().Unix(), value}})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": map[string]any{"resultType": "vector", "result": series}})
}
