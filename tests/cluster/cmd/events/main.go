// Command events is the bus of Argo Events, or what the pod of an EventSource or of a Sensor runs, as its object says.
// Only the port of the metrics is omitted: it is the same one in every pod.
//
//	events bus PORT FOLDER CERTIFICATE KEY
//	events eventsource OBJECT BUS
//	events sensor OBJECT BUS
package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"github.com/argoproj/argo-events/pkg/apis/events/v1alpha1"
	"github.com/argoproj/argo-events/pkg/eventsources"
	"github.com/argoproj/argo-events/pkg/metrics"
	"github.com/argoproj/argo-events/pkg/sensors"
	"github.com/argoproj/argo-events/pkg/shared/logging"
	"github.com/nats-io/nats-server/v2/server"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/manager/signals"
)

func main() {
	err := fmt.Errorf("usage: events bus|eventsource|sensor …")
	switch arguments := os.Args[1:]; {
	case len(arguments) == 5 && arguments[0] == "bus":
		err = bus(arguments[1], arguments[2], arguments[3], arguments[4])
	case len(arguments) == 3 && arguments[0] == "eventsource":
		err = eventSource(arguments[1], arguments[2])
	case len(arguments) == 3 && arguments[0] == "sensor":
		err = sensor(arguments[1], arguments[2])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// bus is NATS with JetStream. The clients of Argo Events insist on TLS.
func bus(port, folder, certificate, key string) error {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	nats, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: number, MaxPayload: 8 << 20, NoSigs: false,
		JetStream: true, StoreDir: folder, JetStreamMaxMemory: 256 << 20, JetStreamMaxStore: 4 << 30,
		TLS: true, TLSTimeout: 10, TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}})
	if err != nil {
		return err
	}
	nats.ConfigureLogger()
	nats.Start()
	nats.WaitForShutdown()
	return nil
}

func read(path string, into any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(content, into)
}

func eventSource(object, bus string) error {
	source, config := &v1alpha1.EventSource{}, &v1alpha1.BusConfig{}
	if err := read(object, source); err != nil {
		return err
	}
	if err := read(bus, config); err != nil {
		return err
	}
	ctx := logging.WithLogger(signals.SetupSignalHandler(), logging.NewArgoEventsLogger().Named("eventsource"))
	return eventsources.NewEventSourceAdaptor(source, config, subject(source.Namespace, source.Spec.EventBusName), source.Name+"-0",
		metrics.NewMetrics(source.Namespace)).Start(ctx)
}

func sensor(object, bus string) error {
	listener, config := &v1alpha1.Sensor{}, &v1alpha1.BusConfig{}
	if err := read(object, listener); err != nil {
		return err
	}
	if err := read(bus, config); err != nil {
		return err
	}
	account, err := rest.InClusterConfig()
	if err != nil {
		return err
	}
	ctx := logging.WithLogger(signals.SetupSignalHandler(), logging.NewArgoEventsLogger().Named("sensor"))
	return sensors.NewSensorContext(kubernetes.NewForConfigOrDie(account), dynamic.NewForConfigOrDie(account), listener, config,
		subject(listener.Namespace, listener.Spec.EventBusName), listener.Name+"-0", metrics.NewMetrics(listener.Namespace)).Start(ctx)
}

// subject is the default of the controller of Argo Events (pkg/reconciler/eventsource/resource.go).
func subject(namespace, bus string) string {
	return fmt.Sprintf("eventbus-%s-%s", namespace, bus)
}
