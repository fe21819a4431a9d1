//! Kustomize over the filled sources, as Argo CD runs it.
