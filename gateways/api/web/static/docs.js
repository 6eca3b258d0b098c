// Shows the API description with Swagger UI; where npm has not brought it, the page's own sentence stays.

window.SwaggerUIBundle?.({ url: "/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null });
