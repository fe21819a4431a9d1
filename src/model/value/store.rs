//! Secrets of stores outside the cluster.

use super::{Read, bad, dns_subdomain};
use crate::model::Store;

/// A store of secrets: its kind and its name.
///
/// # Errors
/// When it is neither of the two kinds, or Kubernetes would reject the name.
pub fn secret_store(text: &str) -> Read<Store> {
    let help = "write `ClusterSecretStore/NAME`, or `SecretStore/NAME`";
    let (is_of_cluster, name) = match text.split_once('/') {
        Some((Store::OF_CLUSTER, name)) => (true, name),
        Some((Store::OF_NAMESPACE, name)) => (false, name),
        _ => return bad("is not a kind and a name of a store", help),
    };
    Ok(Store { is_of_cluster, name: dns_subdomain(name)? })
}

/// What a store calls a secret: any text of one line.
///
/// # Errors
/// When it is empty or has several lines.
pub fn remote_key(text: &str) -> Read<String> {
    if text.trim().is_empty() || text.contains(char::is_control) {
        return bad("is not the name of a secret in a store", "write it as the store shows it, such as `shop/pay`");
    }
    Ok(text.to_owned())
}
