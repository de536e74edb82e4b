"""What puts load on a service and measures it."""
