// Command argocd is Argo CD without its server: its three controllers unchanged, and an in-memory Redis for them.
//
//	argocd redis ADDRESS
//	argocd argocd-application-controller|argocd-applicationset-controller|argocd-repo-server FLAG…
package main

import (
	"os"

	"github.com/alicebob/miniredis/v2"
	applications "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	sets "github.com/argoproj/argo-cd/v3/cmd/argocd-applicationset-controller/commands"
	repositories "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
	"github.com/spf13/cobra"
)

func main() {
	root := &cobra.Command{Use: "argocd", SilenceUsage: true}
	root.AddCommand(applications.NewCommand(), sets.NewCommand(), repositories.NewCommand(), &cobra.Command{
		Use:  "redis ADDRESS",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, arguments []string) error {
			if err := miniredis.NewMiniRedis().StartAddr(arguments[0]); err != nil {
				return err
			}
			select {}
		},
	})
	if err := root.Execute(); err != nil {
		os.Exit(1)
	}

}
