window.ui = SwaggerUIBundle({
  url: "../v3/api-docs.yaml", // from this page, below whatever a proxy puts before it
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  operationsSorter: "alpha",
  tryItOutEnabled: true,
  validatorUrl: null, // nothing of the service is sent elsewhere
});
