"""Signs as DATEX II v3.7 publications: what stands where (VmsTable), and what each shows (Vms)."""
