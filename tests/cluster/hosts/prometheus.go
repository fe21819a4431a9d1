package hosts

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Answer is Prometheus' response to a query.
type Answer struct {
	Values []string // one in each series
	Away   bool     // the connection is closed without a response
}

// Prometheus responds to a query by the longest text that it contains, or its URL before it.
type Prometheus struct {
	mu      sync.Mutex
	answers map[string]Answer
	asked   map[string]int
}

// Answer sets the response to queries that contain the text.
func (p *Prometheus) Answer(text string, answer Answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers[text] = answer
}

// Asked is the number of such queries.
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
