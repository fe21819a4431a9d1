//! The program whose changes are reviewed.

/// A program in which everything is that a risk can be about.
pub const BASE: &str = r#"project acme {
  gitops { repo = "github.com/acme/gitops", credentials = gitops }
  github { webhook = "https://hooks.acme.io", credentials = github }
  registry { host = "registry.acme.io" }
  prometheus { url = "http://prometheus.monitoring.svc:9090" }
}
environment production
environment staging { copy-of = production, ttl = 8h }
secret github { keys = ["token", "webhookSecret"] }
secret gitops { keys = ["token"] }
secret database { keys = ["reader", "writer"], in staging { from = throwaway } }
secret pay { keys = ["key"], from = external, store = "ClusterSecretStore/vault", at = "shop/pay" }
analysis errors { query = "rate(errors{service=\"${canary.metrics}\"}[5m])", at-most = 5% }
app shop {
  source = "github.com/acme/shop"
  image code
  task smoke { image = code, command = ["smoke"], timeout = 5m }
  service {
    image = code
    port = 8080
    cpu = 100m
    memory = 256Mi
    env = { PASSWORD = database.reader, LEVEL = "info" }
    metrics { port = 9090 }
    in production {
      replicas = 4
      route { via = traefik, host = "shop.acme.io" }
    }
  }
}
app cache {
  helm { repo = "https://charts.bitnami.com/bitnami", chart = "redis", version = "20.6.1" }
}
app jobs {
  needs = [cache]
  source = "github.com/acme/jobs"
  image code
  service worker { image = code, cpu = 100m, memory = 256Mi, env = { PAY_KEY = pay.key } }
  cron clean { image = code, schedule = "@daily", cpu = 100m, memory = 256Mi }
  service indexer { image = code, cpu = 100m, memory = 256Mi, volume index { at = "/index", size = 1Gi } }
  helm { path = "chart", values = ["values.yaml"] }
}
pipeline jobs {
  delivers = jobs
  on push
  build
  deploy in production
  wait-for-sync in production
}
pipeline shop {
  delivers = shop
  on push
  build
  stage-env staging
  wait-for-sync in staging
  test smoke in staging
  teardown staging
  canary in production { steps = [20%, 5m, 50%, 5m], analyse = errors }
  wait-for-sync in production { timeout = 20m }
}
"#;

/// The program after edits, each of a text that is in it.
pub fn edited(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(BASE.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "`{old}` is in the program");
        text.replace(old, new)
    })
}

/// The words of a text, wherever its lines end.
pub fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
