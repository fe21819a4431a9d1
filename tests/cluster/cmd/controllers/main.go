// Command controllers runs those controllers of kube-controller-manager that the bench needs: they fill the tokens of
// accounts, create pods of workloads, collect what has no owner, empty namespaces and scale.
//
//	controllers KUBECONFIG SERVICE-ACCOUNT-KEY CA
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/scale"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/keyutil"
	"k8s.io/controller-manager/pkg/informerfactory"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller/certificates/rootcacertpublisher"
	"k8s.io/kubernetes/pkg/controller/deployment"
	"k8s.io/kubernetes/pkg/controller/disruption"
	"k8s.io/kubernetes/pkg/controller/endpointslice"
	"k8s.io/kubernetes/pkg/controller/garbagecollector"
	"k8s.io/kubernetes/pkg/controller/job"
	"k8s.io/kubernetes/pkg/controller/namespace"
	"k8s.io/kubernetes/pkg/controller/podautoscaler"
	"k8s.io/kubernetes/pkg/controller/podautoscaler/metrics"
	"k8s.io/kubernetes/pkg/controller/replicaset"
	accounts "k8s.io/kubernetes/pkg/controller/serviceaccount"
	"k8s.io/kubernetes/pkg/controller/statefulset"
	"k8s.io/kubernetes/pkg/serviceaccount"
	resourceclient "k8s.io/metrics/pkg/client/clientset/versioned/typed/metrics/v1beta1"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: controllers KUBECONFIG SERVICE-ACCOUNT-KEY CA")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(kubeconfig, keyFile, caFile string) error {
	ctx := klog.NewContext(context.Background(), klog.Background())
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 200, 400
	m := &manager{
		config: config,
		client: kubernetes.NewForConfigOrDie(config),
		meta:   metadata.NewForConfigOrDie(config),
	}
	m.informers = informers.NewSharedInformerFactory(m.client, 10*time.Hour)
	m.metaInformers = metadatainformer.NewSharedInformerFactory(m.meta, 10*time.Hour)
	m.discovery = discovery.NewDiscoveryClientForConfigOrDie(config)
	m.mapper = restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(m.discovery))
	// As kube-controller-manager does: kinds come and go.
	go wait.UntilWithContext(ctx, func(context.Context) { m.mapper.Reset() }, 30*time.Second)

	started := make(chan struct{})
	for _, start := range []func(context.Context) error{
		func(ctx context.Context) error { return m.accounts(ctx, keyFile, caFile) },
		m.workloads,
		m.autoscaler,
		m.disruption,
		func(ctx context.Context) error { return m.collectors(ctx, started) },
	} {
		if err := start(ctx); err != nil {
			return err
		}
	}
	m.informers.Start(ctx.Done())
	m.metaInformers.Start(ctx.Done())
	close(started)
	select {}
}

type manager struct {
	config        *rest.Config
	client        kubernetes.Interface
	meta          metadata.Interface
	discovery     *discovery.DiscoveryClient
	mapper        *restmapper.DeferredDiscoveryRESTMapper
	informers     informers.SharedInformerFactory
	metaInformers metadatainformer.SharedInformerFactory
}

// accounts gives every namespace its account and the CA, and fills the Secrets that contain an account's token.
func (m *manager) accounts(ctx context.Context, keyFile, caFile string) error {
	key, err := keyutil.PrivateKeyFromFile(keyFile)
	if err != nil {
		return err
	}
	ca, err := os.ReadFile(caFile)
	if err != nil {
		return err
	}
	generator, err := serviceaccount.JWTTokenGenerator(serviceaccount.LegacyIssuer, key)
	if err != nil {
		return err
	}
	core := m.informers.Core().V1()
	tokens, err := accounts.NewTokensController(klog.FromContext(ctx), core.ServiceAccounts(), core.Secrets(), m.client,
		accounts.TokensControllerOptions{TokenGenerator: generator, RootCA: ca})
	if err != nil {
		return err
	}
	go tokens.Run(ctx, 5)
	defaults, err := accounts.NewServiceAccountsController(core.ServiceAccounts(), core.Namespaces(), m.client,
		accounts.DefaultServiceAccountsControllerOptions())
	if err != nil {
		return err
	}
	go defaults.Run(ctx, 1)
	publisher, err := rootcacertpublisher.NewPublisher(core.ConfigMaps(), core.Namespaces(), m.client, ca)
	if err != nil {
		return err
	}
	go publisher.Run(ctx, 1)
	return nil
}

func (m *manager) workloads(ctx context.Context) error {
	core, apps := m.informers.Core().V1(), m.informers.Apps().V1()
	deployments, err := deployment.NewDeploymentController(ctx, apps.Deployments(), apps.ReplicaSets(), core.Pods(), m.client)
	if err != nil {
		return err
	}
	go deployments.Run(ctx, 5)
	go replicaset.NewReplicaSetController(ctx, apps.ReplicaSets(), core.Pods(), m.client, replicaset.BurstReplicas).Run(ctx, 5)
	go statefulset.NewStatefulSetController(ctx, core.Pods(), apps.StatefulSets(), core.PersistentVolumeClaims(),
		apps.ControllerRevisions(), m.client).Run(ctx, 2)
	jobs, err := job.NewController(ctx, core.Pods(), m.informers.Batch().V1().Jobs(), m.client)
	if err != nil {
		return err
	}
	go jobs.Run(ctx, 2)
	go endpointslice.NewController(ctx, core.Pods(), core.Services(), core.Nodes(), m.informers.Discovery().V1().EndpointSlices(),
		100, m.client, 500*time.Millisecond).Run(ctx, 2)
	return nil
}

func (m *manager) scales() (scale.ScalesGetter, error) {
	kinds := scale.NewDiscoveryScaleKindResolver(m.discovery)
	return scale.NewForConfig(m.config, m.mapper, dynamic.LegacyAPIPathResolverFunc, kinds)
}

// disruption sets the status of PodDisruptionBudgets, for which Argo CD waits.
func (m *manager) disruption(ctx context.Context) error {
	scales, err := m.scales()
	if err != nil {
		return err
	}
	core, apps := m.informers.Core().V1(), m.informers.Apps().V1()
	controller := disruption.NewDisruptionController(ctx, core.Pods(), m.informers.Policy().V1().PodDisruptionBudgets(),
		core.ReplicationControllers(), apps.ReplicaSets(), apps.Deployments(), apps.StatefulSets(), m.client, m.mapper, scales, m.discovery)
	go controller.Run(ctx)
	return nil
}

// autoscaler is the HPA controller with the defaults of kube-controller-manager.
func (m *manager) autoscaler(ctx context.Context) error {
	scales, err := m.scales()
	if err != nil {
		return err
	}
	podMetrics := metrics.NewRESTMetricsClient(resourceclient.NewForConfigOrDie(m.config), nil, nil)
	controller := podautoscaler.NewHorizontalController(ctx, m.client.CoreV1(), scales, m.client.AutoscalingV2(), m.mapper, podMetrics,
		m.informers.Autoscaling().V2().HorizontalPodAutoscalers(), m.informers.Core().V1().Pods(),
		15*time.Second, 5*time.Minute, 0.1, 5*time.Minute, 30*time.Second)
	go controller.Run(ctx, 2)
	return nil
}

// collectors empty namespaces that are deleted, and delete what has lost its owner.
func (m *manager) collectors(ctx context.Context, started chan struct{}) error {
	namespaces := namespace.NewNamespaceController(ctx, m.client, m.meta, m.discovery.ServerPreferredNamespacedResources,
		m.informers.Core().V1().Namespaces(), 5*time.Minute, v1.FinalizerKubernetes)
	go namespaces.Run(ctx, 5)
	graph := garbagecollector.NewDependencyGraphBuilder(ctx, m.meta, m.mapper, garbagecollector.DefaultIgnoredResources(),
		informerfactory.NewInformerFactory(m.informers, m.metaInformers), started)
	collector, err := garbagecollector.NewComposedGarbageCollector(ctx, m.client, m.meta, m.mapper, graph)
	if err != nil {
		return err
	}
	go collector.Run(ctx, 10, 30*time.Second)
	go collector.Sync(ctx, m.discovery, 10*time.Second)
	return nil
}
